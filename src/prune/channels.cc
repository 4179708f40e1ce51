#include "prune/channels.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "prune/channel_score.h"
#include "prune/channel_sets.h"

namespace verge::prune {
namespace {

using ir::ValueId;

bool IsShare(double share) { return share >= 0 && share <= 1; }

Status CheckOptions(const ir::Graph& graph, const std::vector<WeightRole>& roles, const ChannelPruning& options,
                    bool has_activations) {
  bool shares = IsShare(options.share) && IsShare(options.max_share);
  for (const auto& [name, share] : options.shares) shares = shares && IsShare(share);
  if (!shares) return VERGE_ERROR(kInvalidArgument, "shares of channels must be from 0 to 1");
  if (options.multiple_of < 1 || options.min_channels < 1) {
    return VERGE_ERROR(kInvalidArgument, "at least one channel stays, and channels come in multiples of at least one");
  }
  if (options.is_global && !options.shares.empty()) {
    return VERGE_ERROR(kInvalidArgument, "a ranking over all layers and shares of single layers exclude each other");
  }
  if (options.score != ChannelScore::kMagnitude && !has_activations) {
    return VERGE_ERROR(kInvalidArgument, "this score wants samples to run the model on; magnitude does not");
  }
  std::vector<std::string> names = options.except;
  for (const auto& [name, share] : options.shares) names.push_back(name);
  for (const std::string& name : names) {
    const bool is_known = std::any_of(roles.begin(), roles.end(),
                                      [&](const WeightRole& role) { return graph.nodes[role.node].name == name; });
    if (!is_known) return VERGE_ERROR(kInvalidArgument, "no layer with constant f32 weights is called '" + name + "'");
  }
  return Status::Ok();
}

uint64_t CountParameters(const ir::Graph& graph) {
  std::vector<bool> is_read(graph.values.size(), false);
  for (const ir::Node& node : graph.nodes) {
    for (const ValueId id : node.inputs) {
      if (id != ir::kNoValue) is_read[id] = true;
    }
  }
  uint64_t count = 0;
  for (ValueId id = 0; id < graph.values.size(); ++id) {
    const ir::Value& value = graph.value(id);
    if (is_read[id] && value.is_constant() && value.dtype == DType::kF32) count += value.shape.elems();
  }
  return count;
}

// Picks classes to remove while every dimension keeps something.
class Chooser {
 public:
  Chooser(const ir::Graph& graph, const ChannelSets& sets, const std::vector<double>& scores,
          const ChannelPruning& options)
      : graph_(graph), sets_(sets), scores_(scores), options_(options), is_removed_(sets.classes.size(), false) {
    for (const ir::Value& value : graph.values) {
      left_.emplace_back(value.shape.dims().begin(), value.shape.dims().end());
    }
  }

  void ByGroup();
  void Globally(const std::vector<double>& costs);
  const std::vector<bool>& is_removed() const { return is_removed_; }
  bool IsExcepted(const ChannelGroup& group) const {
    return std::any_of(group.producers.begin(), group.producers.end(), [&](size_t node) {
      return std::find(options_.except.begin(), options_.except.end(), graph_.nodes[node].name) !=
             options_.except.end();
    });
  }

 private:
  // Classes that a group keeps when up to `share` of them go: at least min_channels, in whole multiples.
  size_t KeptOf(const ChannelGroup& group, double share) const;
  double ShareOf(const ChannelGroup& group) const;
  bool TryRemove(size_t index);
  void PutBack(size_t index);
  void RoundUp(const ChannelGroup& group);
  std::vector<size_t> InOrder(const std::vector<size_t>& classes, const std::vector<double>& scores) const;

  const ir::Graph& graph_;
  const ChannelSets& sets_;
  const std::vector<double>& scores_;
  const ChannelPruning& options_;
  std::vector<bool> is_removed_;
  std::vector<std::vector<int64_t>> left_;  // [value][dim]
};

size_t Chooser::KeptOf(const ChannelGroup& group, double share) const {
  const size_t count = group.classes.size();
  const auto removed = static_cast<size_t>(share * static_cast<double>(count));
  const size_t least = (static_cast<size_t>(options_.min_channels) + group.channels_each - 1) / group.channels_each;
  const auto multiple = static_cast<size_t>(options_.multiple_of);
  const size_t step = multiple / std::gcd(multiple, group.channels_each);
  const size_t kept = std::max(count - removed, least);
  return std::min((kept + step - 1) / step * step, count);
}

double Chooser::ShareOf(const ChannelGroup& group) const {
  for (const size_t node : group.producers) {
    const auto own = options_.shares.find(graph_.nodes[node].name);
    if (own != options_.shares.end()) return own->second;
  }
  return options_.share;
}

bool Chooser::TryRemove(size_t index) {
  const std::vector<Place>& places = sets_.classes[index].places;
  bool fits = true;
  for (const Place& place : places) {
    fits = --left_[place.value][static_cast<size_t>(place.dim)] >= 1 && fits;
  }
  is_removed_[index] = true;
  if (!fits) PutBack(index);
  return fits;
}

void Chooser::PutBack(size_t index) {
  for (const Place& place : sets_.classes[index].places) ++left_[place.value][static_cast<size_t>(place.dim)];
  is_removed_[index] = false;
}

std::vector<size_t> Chooser::InOrder(const std::vector<size_t>& classes, const std::vector<double>& scores) const {
  std::vector<size_t> order = classes;
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return scores[a] < scores[b]; });
  return order;
}

// What could not go may leave a group between two multiples: the best of what went comes back.
void Chooser::RoundUp(const ChannelGroup& group) {
  const auto removed = static_cast<size_t>(
      std::count_if(group.classes.begin(), group.classes.end(), [&](size_t c) { return is_removed_[c]; }));
  const double share = static_cast<double>(removed) / static_cast<double>(group.classes.size());
  // Half a channel more, so that a share of exactly `removed` channels is not rounded to one less.
  const size_t kept = KeptOf(group, share + 0.5 / static_cast<double>(group.classes.size()));
  size_t too_many = removed - std::min(removed, group.classes.size() - kept);
  const std::vector<size_t> order = InOrder(group.classes, scores_);
  for (size_t i = order.size(); i-- > 0 && too_many > 0;) {
    if (!is_removed_[order[i]]) continue;
    PutBack(order[i]);
    --too_many;
  }
}

void Chooser::ByGroup() {
  for (const ChannelGroup& group : sets_.groups) {
    if (IsExcepted(group)) continue;
    size_t wanted = group.classes.size() - KeptOf(group, ShareOf(group));
    for (const size_t index : InOrder(group.classes, scores_)) {
      if (wanted == 0) break;
      if (TryRemove(index)) --wanted;
    }
    RoundUp(group);
  }
}

void Chooser::Globally(const std::vector<double>& costs) {
  std::vector<size_t> all;
  std::vector<size_t> allowed;  // by group: how many more may go
  for (const ChannelGroup& group : sets_.groups) {
    const bool is_excepted = IsExcepted(group);
    allowed.push_back(is_excepted ? 0 : group.classes.size() - KeptOf(group, options_.max_share));
    if (!is_excepted) all.insert(all.end(), group.classes.begin(), group.classes.end());
  }
  std::sort(all.begin(), all.end());
  std::vector<double> ranks(scores_.size());
  for (const size_t c : all) ranks[c] = scores_[c] / std::max(costs[c], 1.0);
  auto wanted = static_cast<size_t>(options_.share * static_cast<double>(all.size()));
  for (const size_t index : InOrder(all, ranks)) {
    if (wanted == 0) break;
    size_t& left = allowed[sets_.classes[index].group];
    if (left == 0 || !TryRemove(index)) continue;
    --left;
    --wanted;
  }
  for (const ChannelGroup& group : sets_.groups) RoundUp(group);
}

ChannelReport Describe(const ir::Graph& graph, const ChannelSets& sets, const Chooser& chosen) {
  ChannelReport report;
  for (const ChannelGroup& group : sets.groups) {
    ChannelGroupReport told;
    for (const size_t node : group.producers) told.layers.push_back(graph.nodes[node].name);
    for (const size_t c : group.classes) told.kept += chosen.is_removed()[c] ? 0 : 1;
    told.channels = static_cast<int64_t>(group.classes.size() * group.channels_each);
    told.kept *= static_cast<int64_t>(group.channels_each);
    if (chosen.IsExcepted(group)) told.reason = "asked for";
    report.groups.push_back(std::move(told));
  }
  for (const LockedLayer& locked : sets.locked) {
    report.groups.push_back({.layers = {graph.nodes[locked.node].name}, .reason = locked.reason});
  }
  return report;
}

void TellKeptOutputs(const ir::Graph& graph, const std::vector<WeightRole>& roles, const Removal& removal,
                     ChannelReport& report) {
  for (const WeightRole& role : roles) {
    const std::vector<bool>& removed = removal[role.weights][static_cast<size_t>(role.producer_dim)];
    if (removed.empty()) continue;
    std::vector<int64_t>& kept = report.kept_outputs[graph.nodes[role.node].name];
    for (size_t i = 0; i < removed.size(); ++i) {
      if (!removed[i]) kept.push_back(static_cast<int64_t>(i));
    }
  }
  for (ChannelGroupReport& group : report.groups) {
    if (group.channels != 0) continue;
    for (const WeightRole& role : roles) {
      if (graph.nodes[role.node].name != group.layers[0]) continue;
      group.channels = graph.value(role.weights).shape[role.producer_dim];
      group.kept = group.channels;
    }
  }
}

}  // namespace

Result<ChannelReport> PruneChannels(ir::Graph& graph, const ChannelPruning& options, quant::Activations* activations) {
  VERGE_TRY(CheckOptions(graph, FindRoles(graph), options, activations != nullptr));
  ir::Graph work = graph;
  const std::vector<ValueId> originals = SeparateVectors(work);
  const std::vector<WeightRole> roles = FindRoles(work);
  const ChannelSets sets = FindChannels(work, roles);
  VERGE_TRY_ASSIGN(const ChannelValues values, ScoreChannels(work, roles, sets, options, activations));
  Chooser chooser(work, sets, values.scores, options);
  if (options.is_global) {
    chooser.Globally(values.costs);
  } else {
    chooser.ByGroup();
  }
  Removal removal = NoRemoval(work);
  for (size_t c = 0; c < sets.classes.size(); ++c) {
    if (chooser.is_removed()[c]) Remove(work, sets.classes[c], removal);
  }
  ChannelReport report = Describe(work, sets, chooser);
  TellKeptOutputs(work, roles, removal, report);
  report.macs_before = CountMacs(graph);
  report.parameters_before = CountParameters(graph);
  VERGE_TRY(RemoveChannels(work, removal, originals));
  graph = std::move(work);
  report.macs = CountMacs(graph);
  report.parameters = CountParameters(graph);
  return report;
}

}  // namespace verge::prune
