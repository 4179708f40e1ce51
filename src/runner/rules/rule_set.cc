#include "runner/rules/rule_set.h"

#include <algorithm>

#include "format/yaml/fields.h"
#include "runner/rules/engine.h"

namespace verge::runner::rules {
namespace {

using yaml::Document;
using yaml::Fields;
using yaml::Kind;
using yaml::Node;

bool IsRuleName(std::string_view name) {
  return !name.empty() && name.size() <= 63 && name.front() != '-' && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

constexpr const char* kNameExpected = "1 to 63 of a-z, 0-9, '-' and '_'";

Result<Point> ReadCorner(const Document& document, const Node& node, const std::string& path) {
  if (node.kind != Kind::kList || node.items.size() != 2) {
    return yaml::ExpectedError(document, node, path, "[x, y] as fractions of the frame");
  }
  VERGE_TRY_ASSIGN(const double x, yaml::NumberOf(document, node.items[0], path, {.min = 0, .max = 1}));
  VERGE_TRY_ASSIGN(const double y, yaml::NumberOf(document, node.items[1], path, {.min = 0, .max = 1}));
  return Point{static_cast<float>(x), static_cast<float>(y)};
}

Status ReadZones(Fields& top, RuleSet& set) {
  const Node* node = top.Child("zones");
  if (node == nullptr) return Status::Ok();
  if (node->kind != Kind::kMap || node->fields.size() > kMaxZones) {
    return top.Expected("zones", "a map of at most " + std::to_string(kMaxZones) + " zones");
  }
  for (const auto& [name, child] : node->fields) {
    const std::string path = "zones." + name;
    if (!IsRuleName(name)) return top.document().Error(child, path + ": expected a name of " + kNameExpected);
    if (child.kind != Kind::kList || child.items.size() < 3 || child.items.size() > kMaxCorners) {
      return yaml::ExpectedError(top.document(), child, path,
                                 "a list of 3 to " + std::to_string(kMaxCorners) + " corners [x, y]");
    }
    Zone zone;
    zone.name = name;
    for (size_t i = 0; i < child.items.size(); ++i) {
      VERGE_TRY_ASSIGN(const Point corner,
                       ReadCorner(top.document(), child.items[i], path + "[" + std::to_string(i) + "]"));
      zone.corners.push_back(corner);
    }
    set.zones.push_back(std::move(zone));
  }
  return Status::Ok();
}

// Where in the file a fault inside an expression lies: the column for a value on one line, else the character.
std::string PlaceOf(const Node& node, size_t offset) {
  if (node.text.find('\n') != std::string::npos)
    return "character " + std::to_string(offset + 1) + " of the expression";
  return "column " + std::to_string(static_cast<size_t>(node.column) + (node.is_quoted ? 1 : 0) + offset);
}

bool IsValueName(std::string_view name) {
  const bool is_word = !name.empty() && name.size() <= 63 && name[0] >= 'a' && name[0] <= 'z' &&
                       std::all_of(name.begin(), name.end(),
                                   [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
  return is_word && name != "and" && name != "or" && name != "not" && name != "true" && name != "false";
}

Status ReadValues(Fields& top, RuleSet& set) {
  VERGE_TRY_ASSIGN(set.stale_us, top.DurationUs("stale_after", 0));
  const Node* node = top.Child("values");
  if (node == nullptr) {
    if (set.stale_us > 0) return top.Expected("stale_after", "no such field without 'values'");
    return Status::Ok();
  }
  if (!set.zones.empty()) return top.Expected("values", "either 'values' (rules about samples) or 'zones', not both");
  if (node->kind != Kind::kList || node->items.empty() || node->items.size() > kMaxValues)
    return top.Expected("values", "a list of 1 to " + std::to_string(kMaxValues) + " names");
  for (const Node& item : node->items) {
    VERGE_TRY_ASSIGN(const std::string name, yaml::StringOf(top.document(), item, "values"));
    if (!IsValueName(name) || std::find(set.values.begin(), set.values.end(), name) != set.values.end()) {
      return yaml::ExpectedError(top.document(), item, "values",
                                 "names of a-z, 0-9 and '_' that begin with a letter, each once");
    }
    set.values.push_back(name);
  }
  return Status::Ok();
}

Result<After> ReadAfter(Fields& rule, const Node& node, const RuleSet& set) {
  VERGE_TRY_ASSIGN(Fields fields, Fields::Of(rule.document(), node, rule.PathOf("after")));
  After after;
  VERGE_TRY_ASSIGN(const std::string name, fields.String("rule"));
  while (after.rule < set.rules.size() && set.rules[after.rule].name != name) ++after.rule;
  if (after.rule == set.rules.size()) return fields.Expected("rule", "the name of a rule above this one");
  VERGE_TRY_ASSIGN(after.within_us, fields.DurationUs("within"));
  VERGE_TRY(fields.Done());
  return after;
}

Result<Expr> ReadExpr(Fields& fields, std::string_view name, RuleSet& set) {
  VERGE_TRY_ASSIGN(const Node* node, fields.Required(name, "a condition"));
  if (node->kind != Kind::kScalar) return fields.Expected(name, "a condition");
  Fault fault;
  Result<Expr> expr = Expr::Parse(node->text, {set.zones, set.values, &set.windows}, fault);
  if (!expr.ok()) {
    return fields.document().Error(*node,
                                   fields.PathOf(name) + ": " + PlaceOf(*node, fault.offset) + ": " + fault.text);
  }
  return expr;
}

Result<RateLimit> ReadRate(Fields& rule, const Node& node) {
  VERGE_TRY_ASSIGN(Fields fields, Fields::Of(rule.document(), node, rule.PathOf("rate")));
  RateLimit rate;
  VERGE_TRY_ASSIGN(const int64_t count, fields.Int("max", {.min = 1, .max = kMaxRateCount}));
  rate.count = static_cast<int>(count);
  VERGE_TRY_ASSIGN(rate.window_us, fields.DurationUs("per"));
  VERGE_TRY(fields.Done());
  return rate;
}

Result<Rule> ReadRule(const Document& document, const Node& node, const std::string& path, RuleSet& set) {
  VERGE_TRY_ASSIGN(Fields fields, Fields::Of(document, node, path));
  Rule rule;
  VERGE_TRY_ASSIGN(rule.name, fields.String("name"));
  if (!IsRuleName(rule.name)) return fields.Expected("name", kNameExpected);
  for (const Rule& other : set.rules) {
    if (other.name == rule.name) return fields.Expected("name", "a name that no other rule has");
  }
  VERGE_TRY_ASSIGN(rule.when, ReadExpr(fields, "when", set));
  if (fields.Child("hold") != nullptr) {
    VERGE_TRY_ASSIGN(Expr hold, ReadExpr(fields, "hold", set));
    rule.hold = std::move(hold);
  }
  VERGE_TRY_ASSIGN(rule.for_us, fields.DurationUs("for", 0));
  VERGE_TRY_ASSIGN(rule.grace_us, fields.DurationUs("grace", 0));
  VERGE_TRY_ASSIGN(rule.cooldown_us, fields.DurationUs("cooldown", 0));
  if (const Node* rate = fields.Child("rate")) {
    VERGE_TRY_ASSIGN(RateLimit limit, ReadRate(fields, *rate));
    rule.rate = limit;
  }
  if (const Node* after = fields.Child("after")) {
    VERGE_TRY_ASSIGN(After read, ReadAfter(fields, *after, set));
    rule.after = read;
  }
  VERGE_TRY_ASSIGN(const int64_t max_tracks, fields.Int("max_tracks", {.min = 1, .max = kMaxTracksPerRule}, 256));
  rule.max_tracks = static_cast<int>(max_tracks);
  VERGE_TRY_ASSIGN(const std::string severity, fields.Choice("severity", {"info", "warning", "alert"}, "alert"));
  rule.severity = severity == "alert" ? Severity::kAlert : severity == "warning" ? Severity::kWarning : Severity::kInfo;
  VERGE_TRY_ASSIGN(rule.message, fields.String("message", ""));
  VERGE_TRY(fields.Done());
  return rule;
}

}  // namespace

bool RuleSet::NeedsTracks() const {
  return values.empty() && std::any_of(rules.begin(), rules.end(), [](const Rule& rule) { return rule.NeedsTracks(); });
}

size_t RuleSet::MaxStateBytes() const {
  size_t bytes = values.size() * 2 * sizeof(double) + windows.size() * Channels::WindowBytes();
  for (const Rule& rule : rules) {
    bytes += (values.empty() ? static_cast<size_t>(rule.max_tracks) : 1) * Engine::kStateBytes;
    if (rule.rate) bytes += static_cast<size_t>(rule.rate->count) * sizeof(int64_t);
  }
  return bytes;
}

Result<RuleSet> ReadRules(const Document& document) {
  VERGE_TRY_ASSIGN(Fields top, Fields::Of(document, document.root, ""));
  RuleSet set;
  VERGE_TRY(ReadZones(top, set));
  VERGE_TRY(ReadValues(top, set));
  VERGE_TRY_ASSIGN(const Node* node, top.Required("rules", "a list of rules"));
  if (node->kind != Kind::kList || node->items.empty() || node->items.size() > kMaxRules) {
    return top.Expected("rules", "a list of 1 to " + std::to_string(kMaxRules) + " rules");
  }
  for (size_t i = 0; i < node->items.size(); ++i) {
    VERGE_TRY_ASSIGN(Rule rule, ReadRule(document, node->items[i], "rules[" + std::to_string(i) + "]", set));
    set.rules.push_back(std::move(rule));
  }
  VERGE_TRY(top.Done());
  return set;
}

}  // namespace verge::runner::rules
