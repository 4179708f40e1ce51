#include "compile/dynamic.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>

#include "compile/fit.h"
#include "compile/lower.h"
#include "format/model/model.h"
#include "ops/elem.h"

namespace verge::compile {
namespace {

// Constants that keep their shape may differ in so many elements.
constexpr size_t kMaxElements = 64;

// The whole numbers among a node's attributes, one after the other, and everything else as text.
struct AttrNumbers final : public ops::AttrVisitor {
  struct Entry {
    const char* name;
    uint32_t index;
    int64_t number;
  };
  std::vector<Entry> numbers;
  std::string others;

  void Int(const char* name, int64_t& value, int64_t /*min*/, int64_t /*max*/) override {
    numbers.push_back({name, 0, value});
  }
  void Ints(const char* name, ops::IntList& value) override {
    for (int32_t i = 0; i < value.size; ++i) {
      numbers.push_back({name, static_cast<uint32_t>(i), value.values[static_cast<size_t>(i)]});
    }
  }
  void Float(const char* /*name*/, float& value) override { others += std::to_string(value) + ";"; }
  void Bool(const char* /*name*/, bool& value) override { others += value ? "1;" : "0;"; }
  void Enum(const char* /*name*/, int32_t& value, std::span<const char* const> /*names*/) override {
    others += std::to_string(value) + ";";
  }
};

AttrNumbers NumbersOf(const ir::Node& node) {
  AttrNumbers out;
  ops::OpAttrs attrs = node.attrs;
  ops::GetOp(node.op).visit_attrs(attrs, out);
  return out;
}

// A constant whose elements are start + i * step.
struct Ramp {
  double start = 0;
  double step = 0;
};

double ElementAt(const ir::Value& value, size_t i) {
  double number = 0;
  ops::Dispatch(value.dtype, [&]<typename T>() {
    number = static_cast<double>(static_cast<ops::Compute<T>>(reinterpret_cast<const T*>(value.constant->data())[i]));
  });
  return number;
}

bool IsRamp(const ir::Value& value, const Ramp& ramp) {
  for (size_t i = 0; i < value.shape.elems(); ++i) {
    if (ElementAt(value, i) != ramp.start + static_cast<double>(i) * ramp.step) return false;
  }
  return true;
}

std::optional<Ramp> FindRamp(const ir::Value& value) {
  const size_t count = value.shape.elems();
  if (count == 0) return std::nullopt;
  Ramp ramp{ElementAt(value, 0), count > 1 ? ElementAt(value, 1) - ElementAt(value, 0) : 0};
  return IsRamp(value, ramp) ? std::optional(ramp) : std::nullopt;
}

// Sizes that are tried: both ends, neighbours of the smallest, some between. Each column of a point is one open size;
// the columns run through their numbers in different orders.
std::vector<std::vector<int64_t>> ProbePoints(const std::vector<OpenSize>& sizes, bool are_fresh) {
  constexpr int64_t kFirst[] = {0, 1, 2, 3, 5, 8};
  std::vector<std::vector<int64_t>> columns;
  for (const OpenSize& size : sizes) {
    const SizeRange& r = size.range;
    const int64_t last = (r.max - r.min) / r.step;
    std::set<int64_t> steps;
    if (are_fresh) {
      steps = {last / 3, last * 2 / 3, last * 5 / 7, std::min<int64_t>(last, 7), std::min<int64_t>(last, 4)};
    } else {
      for (const int64_t step : kFirst) steps.insert(std::min(step, last));
      steps.insert({last, std::max<int64_t>(last - 1, 0), last / 2, std::min(last / 2 + 1, last)});
    }
    std::vector<int64_t>& column = columns.emplace_back();
    for (const int64_t step : steps) column.push_back(r.min + step * r.step);
  }
  size_t longest = 0;
  for (const auto& column : columns) longest = std::max(longest, column.size());
  std::vector<std::vector<int64_t>> points;
  if (!are_fresh) {
    for (const bool is_largest : {false, true}) {
      std::vector<int64_t>& point = points.emplace_back();
      for (const auto& column : columns) point.push_back(is_largest ? column.back() : column.front());
    }
  }
  for (size_t p = 0; p < longest; ++p) {
    std::vector<int64_t>& point = points.emplace_back();
    for (size_t c = 0; c < columns.size(); ++c) {
      const size_t n = columns[c].size();
      point.push_back(columns[c][(c % 2 == 0 ? p + c : p * 2 + longest - c) % n]);
    }
  }
  return points;
}

std::string PointText(const std::vector<OpenSize>& sizes, std::span<const int64_t> point) {
  std::string text;
  for (size_t i = 0; i < sizes.size(); ++i) {
    text += (i == 0 ? "" : ", ") + sizes[i].name + "=" + std::to_string(point[i]);
  }
  return text;
}

Status Refuse(const std::string& what) {
  return VERGE_ERROR(kUnsupported,
                     what + "; fix the size (--shape), or give a range or steps in which it does not matter");
}

// What was seen of the graphs: the one for the smallest sizes, and of the others what differs.
class Dynamic {
 public:
  Dynamic(const std::vector<OpenSize>& sizes, const std::vector<OpenDim>& dims) : sizes_(sizes), dims_(dims) {}

  Status Add(ir::Graph graph, std::span<const int64_t> point);
  Status Fit();
  Result<format::AlignedBytes> Write(const format::StorageOptions& storage) const;
  // Compares the written model at this point with the graph that the importer made for it.
  Status Compare(const format::VerifiedModel& model, const ir::Graph& graph, std::span<const int64_t> point) const;

 private:
  Status CheckAlike(const ir::Graph& graph) const;
  Status AddConstants(const ir::Graph& graph);
  Status FitAttrs();
  Status FitConstant(ir::ValueId id);
  Status FitElements(ir::ValueId id, size_t first);
  std::vector<Candidate> Candidates(std::span<const ir::ValueId> ids, const std::vector<Candidate>& more) const;

  const std::vector<OpenSize>& sizes_;
  const std::vector<OpenDim>& dims_;
  ir::Graph base_;
  std::vector<std::vector<Shape>> shapes_;                                 // [probe][value]
  std::vector<std::vector<AttrNumbers>> attrs_;                            // [probe][node]
  std::vector<std::vector<std::shared_ptr<const ir::Buffer>>> constants_;  // [probe][value]; null: as in base_
  std::vector<Candidate> inputs_;
  format::Dynamics dynamics_;
};

Status Dynamic::CheckAlike(const ir::Graph& graph) const {
  const bool same_counts = graph.values.size() == base_.values.size() && graph.nodes.size() == base_.nodes.size();
  if (!same_counts) return Refuse("the graph has other nodes for other sizes");
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const ir::Node& a = base_.nodes[i];
    const ir::Node& b = graph.nodes[i];
    if (a.op != b.op || a.inputs != b.inputs || a.outputs != b.outputs || a.subgraphs != b.subgraphs) {
      return Refuse("node '" + a.name + "' is another one for other sizes");
    }
  }
  for (size_t i = 0; i < graph.values.size(); ++i) {
    const ir::Value& a = base_.values[i];
    const ir::Value& b = graph.values[i];
    if (a.dtype != b.dtype || a.shape.rank() != b.shape.rank() || a.is_constant() != b.is_constant()) {
      return Refuse("value '" + a.name + "' is another one for other sizes");
    }
  }
  return Status::Ok();
}

Status Dynamic::AddConstants(const ir::Graph& graph) {
  auto& kept = constants_.emplace_back(graph.values.size());
  for (size_t i = 0; i < graph.values.size(); ++i) {
    const ir::Value& a = base_.values[i];
    const ir::Value& b = graph.values[i];
    if (!a.is_constant()) continue;
    const bool is_same = a.constant->size() == b.constant->size() && a.shape == b.shape &&
                         std::memcmp(a.constant->data(), b.constant->data(), a.constant->size()) == 0;
    if (!is_same) kept[i] = b.constant;
  }
  return Status::Ok();
}

Status Dynamic::Add(ir::Graph graph, std::span<const int64_t> point) {
  const bool is_first = shapes_.empty();
  if (is_first) base_ = std::move(graph);
  const ir::Graph& seen = is_first ? base_ : graph;
  Status status = CheckAlike(seen);
  if (!status.ok()) return std::move(status).WithContext("for " + PointText(sizes_, point));
  auto& shapes = shapes_.emplace_back();
  for (const ir::Value& value : seen.values) shapes.push_back(value.shape);
  auto& attrs = attrs_.emplace_back();
  for (size_t i = 0; i < seen.nodes.size(); ++i) {
    attrs.push_back(NumbersOf(seen.nodes[i]));
    const AttrNumbers& first = attrs_[0][i];
    if (attrs.back().numbers.size() != first.numbers.size() || attrs.back().others != first.others) {
      return Refuse("node '" + seen.nodes[i].name + "' has other attributes for " + PointText(sizes_, point));
    }
  }
  return AddConstants(seen);
}

std::vector<Candidate> Dynamic::Candidates(std::span<const ir::ValueId> ids, const std::vector<Candidate>& more) const {
  std::vector<Candidate> out;
  for (const ir::ValueId id : ids) {
    if (id == ir::kNoValue) continue;
    for (int d = 0; d < base_.value(id).shape.rank(); ++d) {
      Candidate c{{id, static_cast<uint32_t>(d)}, {}};
      for (const std::vector<Shape>& shapes : shapes_) c.series.push_back(shapes[id][d]);
      out.push_back(std::move(c));
    }
  }
  out.insert(out.end(), more.begin(), more.end());
  return out;
}

Status Dynamic::FitAttrs() {
  for (size_t n = 0; n < base_.nodes.size(); ++n) {
    const ir::Node& node = base_.nodes[n];
    for (size_t k = 0; k < attrs_[0][n].numbers.size(); ++k) {
      Series series;
      for (const auto& attrs : attrs_) series.push_back(attrs[n].numbers[k].number);
      if (std::ranges::all_of(series, [&](int64_t number) { return number == series[0]; })) continue;
      const AttrNumbers::Entry& entry = attrs_[0][n].numbers[k];
      std::optional<format::Expression> found = FitExpression(series, Candidates(node.inputs, inputs_));
      if (!found) {  // anything computed before
        std::vector<ir::ValueId> earlier;
        for (size_t m = 0; m < n; ++m) {
          earlier.insert(earlier.end(), base_.nodes[m].outputs.begin(), base_.nodes[m].outputs.end());
        }
        found = FitExpression(series, Candidates(earlier, {}));
      }
      if (!found) {
        return Refuse("attribute " + std::string(entry.name) + " of node '" + node.name +
                      "' depends on a size in a way that cannot be described");
      }
      dynamics_.attrs.push_back({static_cast<uint32_t>(n), entry.name, entry.index, std::move(*found)});
    }
  }
  return Status::Ok();
}

Status Dynamic::FitElements(ir::ValueId id, size_t first) {
  const ir::Value& value = base_.value(id);
  const size_t count = value.shape.elems();
  const Status refused = Refuse("constant '" + value.name + "' depends on a size in a way that cannot be described");
  if (count > kMaxElements) return refused;
  for (size_t i = first; i < count; ++i) {
    Series series;
    for (size_t p = 0; p < shapes_.size(); ++p) {
      ir::Value seen = value;
      if (constants_[p][id] != nullptr) seen.constant = constants_[p][id];
      const double number = ElementAt(seen, i);
      if (number != std::floor(number) || std::abs(number) > 1e15) return refused;
      series.push_back(static_cast<int64_t>(number));
    }
    if (std::ranges::all_of(series, [&](int64_t number) { return number == series[0]; })) continue;
    std::optional<format::Expression> found = FitExpression(series, inputs_);
    if (!found) return refused;
    dynamics_.elements.push_back({id, static_cast<uint32_t>(i), std::move(*found)});
  }
  return Status::Ok();
}

Status Dynamic::FitConstant(ir::ValueId id) {
  const ir::Value& value = base_.value(id);
  bool shape_differs = false;
  bool differs = false;
  std::optional<Ramp> ramp = FindRamp(value);
  for (size_t p = 0; p < shapes_.size(); ++p) {
    if (constants_[p][id] == nullptr) continue;
    differs = true;
    shape_differs = shape_differs || !(shapes_[p][id] == value.shape);
  }
  if (!differs) return Status::Ok();
  if (!shape_differs) return FitElements(id, 0);
  for (size_t p = 0; p < shapes_.size(); ++p) {
    ir::Value seen = value;
    seen.shape = shapes_[p][id];
    if (constants_[p][id] != nullptr) seen.constant = constants_[p][id];
    // One element says nothing of the step.
    if (ramp && value.shape.elems() == 1 && ramp->step == 0 && seen.shape.elems() > 1) ramp = FindRamp(seen);
    if (!ramp || !IsRamp(seen, *ramp)) {
      return Refuse("constant '" + value.name + "' depends on a size in a way that cannot be described");
    }
  }
  format::SymbolicConstant constant{id, {}, ramp->start, ramp->step};
  for (int d = 0; d < value.shape.rank(); ++d) {
    Series series;
    for (const std::vector<Shape>& shapes : shapes_) series.push_back(shapes[id][d]);
    if (std::ranges::all_of(series, [&](int64_t number) { return number == series[0]; })) {
      constant.shape.push_back({series[0], 0, 1, {}});
      continue;
    }
    std::optional<format::Expression> found = FitExpression(series, inputs_);
    if (!found) return Refuse("the shape of constant '" + value.name + "' does not follow from the inputs'");
    constant.shape.push_back(std::move(*found));
  }
  dynamics_.constants.push_back(std::move(constant));
  return Status::Ok();
}

Status Dynamic::Fit() {
  for (const OpenSize& size : sizes_) {
    dynamics_.symbols.push_back({size.name, size.range.min, size.range.max, size.range.step});
  }
  for (const OpenDim& dim : dims_) {
    for (size_t i = 0; i < base_.inputs.size(); ++i) {
      if (base_.value(base_.inputs[i]).name != dim.input) continue;
      dynamics_.dims.push_back(
          {static_cast<uint32_t>(i), static_cast<uint32_t>(dim.dim), static_cast<uint32_t>(dim.size)});
    }
  }
  inputs_ = Candidates(base_.inputs, {});
  VERGE_TRY(FitAttrs());
  for (ir::ValueId id = 0; id < base_.values.size(); ++id) {
    if (base_.value(id).is_constant()) VERGE_TRY(FitConstant(id));
  }
  return Status::Ok();
}

Result<format::AlignedBytes> Dynamic::Write(const format::StorageOptions& storage) const {
  return LowerCompact(base_, dynamics_, storage);
}

Status Dynamic::Compare(const format::VerifiedModel& model, const ir::Graph& graph,
                        std::span<const int64_t> point) const {
  const std::string where = "for " + PointText(sizes_, point);
  Result<format::VerifiedModel> resized = model.ForSizes(point);
  if (!resized.ok()) return Refuse(where + ": " + std::string(resized.status().message()));
  VERGE_TRY(CheckAlike(graph));
  for (size_t i = 0; i < graph.values.size(); ++i) {
    const ir::Value& want = graph.values[i];
    const format::ModelValue& got = resized->value(static_cast<uint32_t>(i));
    const bool same_bytes =
        !want.is_constant() || (got.type.CheckedBytes() == want.constant->size() &&
                                std::memcmp(got.constant, want.constant->data(), want.constant->size()) == 0);
    if (got.type.shape == want.shape && same_bytes) continue;
    return Refuse(where + ", value '" + want.name + "' is " + ToString(want.shape) + " and would become " +
                  ToString(got.type.shape));
  }
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    ir::Node other = graph.nodes[i];
    other.attrs = resized->tables().nodes[i].attrs;
    const AttrNumbers want = NumbersOf(graph.nodes[i]);
    const AttrNumbers got = NumbersOf(other);
    const auto same = [](const AttrNumbers::Entry& a, const AttrNumbers::Entry& b) { return a.number == b.number; };
    if (std::ranges::equal(want.numbers, got.numbers, same)) continue;
    return Refuse(where + ", node '" + graph.nodes[i].name + "' has attributes that do not follow from dimensions");
  }
  return Status::Ok();
}

Result<ir::Graph> Optimised(const ImportForSizes& import, const std::vector<OpenSize>& sizes,
                            std::span<const int64_t> point, const CompileOptions& options,
                            std::vector<opt::PassOutcome>* outcomes) {
  Result<ir::Graph> graph = import(point);
  if (!graph.ok()) return std::move(graph).status().WithContext("for " + PointText(sizes, point));
  VERGE_TRY_ASSIGN(std::vector<opt::PassOutcome> passes, Optimise(*graph, options));
  if (outcomes != nullptr) *outcomes = std::move(passes);
  ir::Compact(*graph);
  return graph;
}

Status CheckRanges(const std::vector<OpenSize>& sizes) {
  for (const OpenSize& size : sizes) {
    const SizeRange& r = size.range;
    if (r.min >= 1 && r.max >= r.min && r.step >= 1 && (r.max - r.min) % r.step == 0) continue;
    return VERGE_ERROR(kInvalidArgument, "size '" + size.name + "' has the range " + std::to_string(r.min) + ".." +
                                             std::to_string(r.max) + " in steps of " + std::to_string(r.step) +
                                             "; wants 1 <= min <= max, and max some steps above min");
  }
  return Status::Ok();
}

}  // namespace

Result<Compiled> CompileDynamic(const ImportForSizes& import, const std::vector<OpenSize>& sizes,
                                const std::vector<OpenDim>& dims, const CompileOptions& options) {
  VERGE_TRY(CheckRanges(sizes));
  Compiled out;
  Dynamic dynamic(sizes, dims);
  bool is_first = true;
  for (const std::vector<int64_t>& point : ProbePoints(sizes, false)) {
    VERGE_TRY_ASSIGN(ir::Graph graph, Optimised(import, sizes, point, options, is_first ? &out.passes : nullptr));
    VERGE_TRY(dynamic.Add(std::move(graph), point));
    is_first = false;
  }
  VERGE_TRY(dynamic.Fit());
  VERGE_TRY_ASSIGN(out.bytes, dynamic.Write(options.storage));
  const auto model = format::VerifiedModel::Verify(out.bytes.bytes(), nullptr);
  if (!model.ok()) return Status(model.status()).WithContext("the compiled model does not verify");
  for (const bool are_fresh : {false, true}) {
    for (const std::vector<int64_t>& point : ProbePoints(sizes, are_fresh)) {
      VERGE_TRY_ASSIGN(const ir::Graph graph, Optimised(import, sizes, point, options, nullptr));
      VERGE_TRY(dynamic.Compare(*model, graph, point));
    }
  }
  return out;
}

}  // namespace verge::compile
