// Tree ensembles of ai.onnx.ml: the attributes' flat lists of nodes become the tables of tree_ensemble.
#include <algorithm>
#include <map>

#include "import/onnx/convert/ml.h"
#include "ops/tree_ensemble/tree_ensemble.h"

namespace verge::onnx {
namespace {

using ops::CompareKind;

// One weight that a leaf adds to one target.
struct Entry {
  int32_t target;
  float weight;
};

// The attributes, one number a node, in the file's order; nodes are named by tree and number.
struct Forest {
  std::vector<int64_t> trees;
  std::vector<int64_t> numbers;
  std::vector<int64_t> features;
  std::vector<int64_t> yes;
  std::vector<int64_t> no;
  std::vector<int64_t> missing;
  std::vector<float> thresholds;
  std::vector<int32_t> modes;
  std::vector<std::vector<Entry>> leaves;  // of each node
};

constexpr size_t kMaxNodes = size_t{1} << 22;
using Names = std::map<std::pair<int64_t, int64_t>, size_t>;

std::vector<float> Floats(NodeContext& c, const std::string& name) {
  if (const Attribute* found = c.Find(name); found != nullptr && !found->floats.empty()) return found->floats;
  const Attribute* found = c.Find(name + "_as_tensor");
  if (found == nullptr || found->tensor == nullptr || found->tensor->is_string) return {};
  const TensorData& t = *found->tensor;
  std::vector<float> values;
  for (const double value : c.b.Floats(c.b.Constant(name, t.dtype, t.shape, t.data), name.c_str()))
    values.push_back(static_cast<float>(value));
  return values;
}

std::vector<int32_t> Modes(NodeContext& c) {
  const Attribute* found = c.Find("nodes_modes");
  std::vector<int32_t> modes;
  for (const std::string& name : found == nullptr ? std::vector<std::string>{} : found->strings) {
    const auto mode = std::find(std::begin(ops::kTreeModeNames), std::end(ops::kTreeModeNames), name);
    if (mode == std::end(ops::kTreeModeNames)) c.Unsupported("the mode '" + name.substr(0, 50) + "' of a tree's node");
    modes.push_back(static_cast<int32_t>(mode - std::begin(ops::kTreeModeNames)));
  }
  return modes;
}

// `stem` is "class" or "target".
Forest ReadForest(NodeContext& c, const std::string& stem, Names& names) {
  Forest f;
  f.trees = c.Ints("nodes_treeids");
  f.numbers = c.Ints("nodes_nodeids");
  f.features = c.Ints("nodes_featureids");
  f.yes = c.Ints("nodes_truenodeids");
  f.no = c.Ints("nodes_falsenodeids");
  f.thresholds = Floats(c, "nodes_values");
  f.modes = Modes(c);
  const size_t n = f.trees.size();
  f.missing = c.Ints("nodes_missing_value_tracks_true");
  f.missing.resize(n);
  if (n == 0 || n > kMaxNodes || f.numbers.size() != n || f.features.size() != n || f.yes.size() != n ||
      f.no.size() != n || f.thresholds.size() != n || f.modes.size() != n) {
    c.Invalid("the lists of the trees' nodes are empty, too long, or differ in length");
    return f;
  }
  for (size_t i = 0; i < n; ++i) names.emplace(std::pair(f.trees[i], f.numbers[i]), i);
  f.leaves.resize(n);
  const std::vector<int64_t> trees = c.Ints(stem + "_treeids");
  const std::vector<int64_t> numbers = c.Ints(stem + "_nodeids");
  const std::vector<int64_t> targets = c.Ints(stem + "_ids");
  const std::vector<float> weights = Floats(c, stem + "_weights");
  if (trees.empty() || numbers.size() != trees.size() || targets.size() != trees.size() ||
      weights.size() != trees.size()) {
    c.Invalid("the lists of the leaves' weights are empty or differ in length");
    return f;
  }
  for (size_t i = 0; i < trees.size() && c.b.ok(); ++i) {
    const auto node = names.find({trees[i], numbers[i]});
    if (node == names.end() || targets[i] < 0 || targets[i] >= ops::kMaxTreeTargets) {
      c.Invalid("a leaf's weight belongs to no node, or to no target");
    } else {
      f.leaves[node->second].push_back({static_cast<int32_t>(targets[i]), weights[i]});
    }
  }
  return f;
}

// The tables of the op; children stand behind their parent.
struct Tables {
  std::vector<int32_t> nodes;  // ops::kTreeNodeFields a node
  std::vector<float> thresholds;
  std::vector<int32_t> roots;
  std::vector<int32_t> targets;
  std::vector<float> weights;
};

// Appends one tree, from its root down. Each node may have one parent only: that rules out loops.
void AddTree(NodeContext& c, const Forest& f, const Names& names, size_t root, std::vector<bool>& seen, Tables& t) {
  t.roots.push_back(static_cast<int32_t>(t.thresholds.size()));
  struct Open {
    size_t node;
    size_t at;  // where its number is to be written, in t.nodes
  };
  constexpr size_t kNowhere = SIZE_MAX;
  std::vector<Open> open = {{root, kNowhere}};
  while (!open.empty() && c.b.ok()) {
    const Open now = open.back();
    open.pop_back();
    if (seen[now.node]) return c.Invalid("a node of a tree has two parents");
    seen[now.node] = true;
    if (now.at != kNowhere) t.nodes[now.at] = static_cast<int32_t>(t.thresholds.size());
    t.thresholds.push_back(f.thresholds[now.node]);
    const bool is_leaf = f.modes[now.node] == static_cast<int32_t>(ops::TreeMode::kLeaf);
    const auto first = static_cast<int32_t>(t.weights.size());
    for (const Entry& entry : is_leaf ? f.leaves[now.node] : std::vector<Entry>{}) {
      t.targets.push_back(entry.target);
      t.weights.push_back(entry.weight);
    }
    const int64_t feature = is_leaf ? 0 : f.features[now.node];
    if (feature < 0 || feature > INT32_MAX) return c.Invalid("a feature of a tree's node is out of range");
    const size_t at = t.nodes.size();
    t.nodes.insert(t.nodes.end(), {f.modes[now.node], f.missing[now.node] != 0 ? 1 : 0, static_cast<int32_t>(feature),
                                   first, static_cast<int32_t>(t.weights.size())});
    if (is_leaf) continue;
    const auto yes = names.find({f.trees[now.node], f.yes[now.node]});
    const auto no = names.find({f.trees[now.node], f.no[now.node]});
    if (yes == names.end() || no == names.end()) return c.Invalid("a node of a tree has a child that is not there");
    open.push_back({no->second, at + 4});
    open.push_back({yes->second, at + 3});
  }
}

// A tree begins with its first node in the file.
Tables MakeTables(NodeContext& c, const Forest& f, const Names& names) {
  Tables t;
  std::vector<bool> seen(f.trees.size());
  std::map<int64_t, size_t> roots;
  for (size_t i = 0; i < f.trees.size(); ++i) roots.emplace(f.trees[i], i);
  for (const auto& [tree, root] : roots) {
    if (c.b.ok()) AddTree(c, f, names, root, seen, t);
  }
  return t;
}

ValueId Int32s(Builder& b, const Shape& shape, const std::vector<int32_t>& values) {
  return b.Constant("trees", DType::kI32, shape, ir::Buffer::CopyOf(values.data(), values.size() * sizeof(int32_t)));
}

// Scores f32 [n, targets].
ValueId Ensemble(NodeContext& c, const std::string& stem, int64_t targets, bool single) {
  Builder& b = c.b;
  Names names;
  Forest forest = ReadForest(c, stem, names);
  for (std::vector<Entry>& leaf : forest.leaves) {
    for (Entry& entry : leaf) entry.target = single ? 0 : entry.target;
  }
  if (!b.ok()) return kNoValue;
  const Tables t = MakeTables(c, forest, names);
  if (!b.ok()) return kNoValue;
  if (t.weights.empty()) {
    c.Invalid("no leaf of the trees has a weight");
    return kNoValue;
  }
  ops::TreeEnsembleAttrs attrs;
  const std::string name = c.String("aggregate_function", "SUM");
  const auto found = std::find(std::begin(ops::kTreeAggregateOnnxNames), std::end(ops::kTreeAggregateOnnxNames), name);
  if (found == std::end(ops::kTreeAggregateOnnxNames))
    c.Unsupported("the aggregate_function '" + name.substr(0, 50) + "'");
  attrs.aggregate = static_cast<int32_t>(found - std::begin(ops::kTreeAggregateOnnxNames));
  attrs.targets = targets;
  const auto count = [](const auto& list) { return static_cast<int64_t>(list.size()); };
  const ValueId x = b.rank(c.In(0)) == 1 ? b.Reshape(c.In(0), {1, -1}) : c.In(0);
  return b.Op(ops::ids::kTreeEnsemble, attrs,
              {b.Cast(x, DType::kF32), Int32s(b, {count(t.thresholds), ops::kTreeNodeFields}, t.nodes),
               b.FloatsConstant({count(t.thresholds)}, t.thresholds), Int32s(b, {count(t.roots)}, t.roots),
               Int32s(b, {count(t.targets)}, t.targets), b.FloatsConstant({count(t.weights)}, t.weights)});
}

ValueId AddBase(NodeContext& c, ValueId scores, int64_t targets) {
  const std::vector<float> base = Floats(c, "base_values");
  if (base.empty()) return scores;
  if (static_cast<int64_t>(base.size()) != targets) c.Invalid("base_values wants one number a target");
  return c.b.ok() ? c.b.Add(scores, c.b.FloatsConstant({targets}, base)) : scores;
}

void TreeEnsembleRegressor(NodeContext& c) {
  const int64_t targets = c.Int("n_targets", 1);
  if (targets < 1 || targets > ops::kMaxTreeTargets) return c.Invalid("attribute n_targets is out of range");
  c.Out(0, PostTransform(c, AddBase(c, Ensemble(c, "target", targets, false), targets)));
}

// Two classes whose leaves all vote for one of them: one score s. Weights that are all positive make it a share, with
// 0.5 as the border and 1 - s for the other class; else the other has -s, and the border is 0.
void TwoClasses(NodeContext& c, const std::vector<int64_t>& labels) {
  Builder& b = c.b;
  const std::vector<float> base = Floats(c, "base_values");
  const std::vector<float> weights = Floats(c, "class_weights");
  ValueId score = Ensemble(c, "class", 1, true);
  if (!b.ok()) return;
  if (!base.empty()) score = b.Add(score, b.Scalar(DType::kF32, static_cast<double>(base.back())));
  const bool shares = std::all_of(weights.begin(), weights.end(), [](float weight) { return weight >= 0; });
  const ValueId border = b.Scalar(DType::kF32, shares ? 0.5 : 0);
  const ValueId hit = b.Compare(CompareKind::kGreater, b.Reshape(score, {-1}), border);
  c.Out(0, b.Gather(b.IntsConstant(labels), b.Cast(hit, DType::kI64), 0));
  const bool logistic = c.String("post_transform", "NONE") == "LOGISTIC";
  if (shares && !logistic) return c.Out(1, b.Concat({b.Sub(b.Scalar(DType::kF32, 1), score), score}, 1));
  const ValueId both = b.Concat({b.Unary(ops::UnaryKind::kNeg, score), score}, 1);
  c.Out(1, logistic ? b.Unary(ops::UnaryKind::kSigmoid, both) : both);
}

void TreeEnsembleClassifier(NodeContext& c) {
  const std::vector<int64_t> labels = ClassLabels(c);
  const std::vector<int64_t> voted = c.Ints("class_ids");
  if (!c.b.ok()) return;
  const bool one =
      !voted.empty() && std::all_of(voted.begin(), voted.end(), [&](int64_t id) { return id == voted[0]; });
  if (labels.size() == 2 && one) return TwoClasses(c, labels);
  const auto targets = static_cast<int64_t>(labels.size());
  if (targets > ops::kMaxTreeTargets) return c.Invalid("there are too many classes");
  const ValueId scores = AddBase(c, Ensemble(c, "class", targets, false), targets);
  if (!c.b.ok()) return;
  c.Out(0, BestLabel(c.b, scores, labels));
  c.Out(1, PostTransform(c, scores));
}

constexpr Converter kRows[] = {
    {"TreeEnsembleClassifier", TreeEnsembleClassifier, 1},
    {"TreeEnsembleRegressor", TreeEnsembleRegressor, 1},
};

}  // namespace

const std::span<const Converter> kTreeConverters = kRows;

}  // namespace verge::onnx
