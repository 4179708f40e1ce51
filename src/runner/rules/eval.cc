#include <algorithm>
#include <cmath>

#include "runner/rules/expr.h"

namespace verge::runner::rules {

class Evaluator {
 public:
  Evaluator(const Expr& expr, const Scope& scope, std::span<const Zone> zones)
      : expr_(expr), scope_(scope), zones_(zones) {}

  bool Bool(int16_t index) const {
    const Expr::Node& node = At(index);
    switch (node.op) {
      case Op::kBool: return node.number != 0;
      case Op::kNot: return !Bool(node.args[0]);
      case Op::kAnd: return Bool(node.args[0]) && Bool(node.args[1]);
      case Op::kOr: return Bool(node.args[0]) || Bool(node.args[1]);
      case Op::kInside: return Contains(ZoneOf(node), {(box().x0 + box().x1) / 2, box().y1});
      case Op::kCentreInside: return Contains(ZoneOf(node), {(box().x0 + box().x1) / 2, (box().y0 + box().y1) / 2});
      case Op::kKnown: return !std::isnan(scope_.channels->Value(node.index));
      default: return Compare(node);
    }
  }

 private:
  using Op = Expr::Op;

  const Expr::Node& At(int16_t index) const { return expr_.nodes_[static_cast<size_t>(index)]; }
  const Box& box() const { return scope_.object.box; }
  const Zone& ZoneOf(const Expr::Node& call) const { return zones_[static_cast<size_t>(At(call.args[0]).zone)]; }

  const std::string& Text(int16_t index) const {
    const Expr::Node& node = At(index);
    return node.op == Op::kLabel ? scope_.object.label : node.text;
  }

  bool Compare(const Expr::Node& node) const {
    const bool is_not = node.op == Op::kNotEqual;
    switch (At(node.args[0]).type) {
      case Expr::Type::kText: return (Text(node.args[0]) == Text(node.args[1])) != is_not;
      case Expr::Type::kBool: return (Bool(node.args[0]) == Bool(node.args[1])) != is_not;
      default: break;
    }
    const double a = Number(node.args[0]);
    const double b = Number(node.args[1]);
    switch (node.op) {
      case Op::kEqual: return a == b;
      case Op::kNotEqual: return a != b;
      case Op::kLess: return a < b;
      case Op::kLessEqual: return a <= b;
      case Op::kGreater: return a > b;
      default: return a >= b;
    }
  }

  double Number(int16_t index) const {
    const Expr::Node& node = At(index);
    switch (node.op) {
      case Op::kNumber: return node.number;
      case Op::kNegate: return -Number(node.args[0]);
      case Op::kAdd: return Number(node.args[0]) + Number(node.args[1]);
      case Op::kSubtract: return Number(node.args[0]) - Number(node.args[1]);
      case Op::kMultiply: return Number(node.args[0]) * Number(node.args[1]);
      case Op::kDivide: return Number(node.args[0]) / Number(node.args[1]);
      case Op::kAbs: return std::fabs(Number(node.args[0]));
      case Op::kValue: return scope_.channels->Value(node.index);
      case Op::kValueAge: return scope_.channels->AgeS(node.index);
      case Op::kWindowCount: return scope_.channels->Count(node.index);
      case Op::kWindowMean: return scope_.channels->Mean(node.index);
      case Op::kWindowMin: return scope_.channels->Min(node.index);
      case Op::kWindowMax: return scope_.channels->Max(node.index);
      case Op::kWindowChange: return scope_.channels->Change(node.index);
      default: return Property(node);
    }
  }

  double Property(const Expr::Node& node) const {
    const double w = static_cast<double>(box().x1) - static_cast<double>(box().x0);
    const double h = static_cast<double>(box().y1) - static_cast<double>(box().y0);
    switch (node.op) {
      case Op::kScore: return static_cast<double>(scope_.object.score);
      case Op::kTrack: return scope_.object.track;
      case Op::kX: return static_cast<double>(box().x0) + w / 2;
      case Op::kY: return static_cast<double>(box().y0) + h / 2;
      case Op::kW: return w;
      case Op::kH: return h;
      case Op::kArea: return w * h;
      case Op::kAge: return static_cast<double>(scope_.media_us - scope_.object.first_seen_us) * 1e-6;
      case Op::kObjects: return static_cast<double>(scope_.objects.size());
      default: break;  // count(), the only function that gives a number
    }
    const std::string& label = Text(node.args[0]);
    return static_cast<double>(std::count_if(scope_.objects.begin(), scope_.objects.end(),
                                             [&](const Object& object) { return object.label == label; }));
  }

  const Expr& expr_;
  const Scope& scope_;
  std::span<const Zone> zones_;
};

bool Expr::Evaluate(const Scope& scope, std::span<const Zone> zones) const {
  return Evaluator(*this, scope, zones).Bool(root_);
}

bool Contains(const Zone& zone, Point point) {
  bool is_inside = false;
  const size_t n = zone.corners.size();
  for (size_t i = 0, j = n - 1; i < n; j = i++) {
    const Point& a = zone.corners[i];
    const Point& b = zone.corners[j];
    if ((a.y > point.y) == (b.y > point.y)) continue;
    if (point.x < (b.x - a.x) * (point.y - a.y) / (b.y - a.y) + a.x) is_inside = !is_inside;
  }
  return is_inside;
}

}  // namespace verge::runner::rules
