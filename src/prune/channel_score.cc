#include "prune/channel_score.h"

#include <algorithm>
#include <map>

#include "ops/nd_walk.h"

namespace verge::prune {
namespace {

using ir::kNoValue;
using ir::ValueId;

// Sums over the elements of each channel of a role's input.
struct Moments {
  double count = 0;
  std::vector<double> sum;
  std::vector<double> squares;
};

Result<std::vector<Moments>> MeasureInputs(const ir::Graph& graph, const std::vector<WeightRole>& roles,
                                           const ChannelPruning& options, quant::Activations& activations) {
  if (activations.samples() == 0) return VERGE_ERROR(kInvalidArgument, "there are no samples to run the model on");
  std::vector<Moments> moments(roles.size());
  std::vector<ValueId> watched;
  for (size_t r = 0; r < roles.size(); ++r) {
    if (roles[r].consumer_dim < 0 || roles[r].input == kNoValue || graph.value(roles[r].input).is_constant()) continue;
    const auto size = static_cast<size_t>(graph.value(roles[r].weights).shape[roles[r].consumer_dim]);
    moments[r].sum.resize(size);
    moments[r].squares.resize(size);
    watched.push_back(roles[r].input);
  }
  std::sort(watched.begin(), watched.end());
  watched.erase(std::unique(watched.begin(), watched.end()), watched.end());
  const quant::SeenValue add = [&](size_t /*sample*/, ValueId value, const Tensor& tensor) -> Status {
    for (size_t r = 0; r < roles.size(); ++r) {
      Moments& m = moments[r];
      if (roles[r].input != value || m.sum.empty()) continue;
      const size_t elems = tensor.shape().elems();
      for (size_t i = 0; i < elems; ++i) {
        const double x = static_cast<double>(tensor.as<const float>()[i]);
        m.sum[i % m.sum.size()] += x;
        m.squares[i % m.sum.size()] += x * x;
      }
      m.count += static_cast<double>(elems / m.sum.size());
    }
    return Status::Ok();
  };
  for (size_t s = 0; s < activations.samples(); ++s) {
    if (options.progress != nullptr) VERGE_TRY(options.progress(s, activations.samples(), "measuring channels"));
    VERGE_TRY(activations.Run(graph, watched, s, 1, add));
  }
  return moments;
}

// s(c) of channels.h.
std::vector<double> WeightsOf(const Moments& m, ChannelScore score, size_t size) {
  std::vector<double> s(size, 1.0);
  for (size_t c = 0; c < m.sum.size() && m.count > 0; ++c) {
    const double mean = m.sum[c] / m.count;
    s[c] = m.squares[c] / m.count;
    if (score == ChannelScore::kVariance) s[c] = std::max(s[c] - mean * mean, 0.0);
  }
  return s;
}

// e(c): shares that add up to 1 (all 0 when there is nothing).
std::vector<double> SharesOf(const ir::Value& weights, int dim, const std::vector<double>& factors) {
  const auto split = ops::SplitAtAxis(weights.shape, dim);
  const auto* w = reinterpret_cast<const float*>(weights.constant->data());
  std::vector<double> shares(split.size, 0.0);
  double total = 0;
  for (size_t i = 0; i < split.outer * split.size * split.inner; ++i) {
    const size_t c = i / split.inner % split.size;
    const double energy = static_cast<double>(w[i]) * static_cast<double>(w[i]) * factors[c];
    shares[c] += energy;
    total += energy;
  }
  for (double& share : shares) share /= total > 0 ? total : 1.0;
  return shares;
}

// What one dimension of one constant adds to the classes that have a place there.
struct Part {
  std::vector<double> shares;
  double cost = 0;  // of one position
};

}  // namespace

Result<ChannelValues> ScoreChannels(const ir::Graph& graph, const std::vector<WeightRole>& roles,
                                    const ChannelSets& sets, const ChannelPruning& options,
                                    quant::Activations* activations) {
  const bool is_measured = options.score != ChannelScore::kMagnitude;
  std::vector<Moments> moments(roles.size());
  if (is_measured) {
    VERGE_TRY_ASSIGN(moments, MeasureInputs(graph, roles, options, *activations));
  }
  std::map<std::pair<ValueId, int>, Part> parts;
  for (size_t r = 0; r < roles.size(); ++r) {
    const WeightRole& role = roles[r];
    const ir::Value& weights = graph.value(role.weights);
    for (const int dim : {role.producer_dim, role.consumer_dim}) {
      if (dim < 0) continue;
      Part& part = parts[{role.weights, dim}];
      const auto size = static_cast<size_t>(weights.shape[dim]);
      part.cost += static_cast<double>(role.macs) / static_cast<double>(size);
      if (is_measured && dim != role.consumer_dim) continue;
      part.shares =
          SharesOf(weights, dim, WeightsOf(dim == role.consumer_dim ? moments[r] : Moments(), options.score, size));
    }
  }
  ChannelValues values{std::vector<double>(sets.classes.size(), 0.0), std::vector<double>(sets.classes.size(), 0.0)};
  for (size_t c = 0; c < sets.classes.size(); ++c) {
    for (const Place& place : sets.classes[c].places) {
      const auto part = parts.find({place.value, place.dim});
      if (part == parts.end()) continue;
      values.costs[c] += part->second.cost;
      if (!part->second.shares.empty()) values.scores[c] += part->second.shares[static_cast<size_t>(place.index)];
    }
  }
  return values;
}

}  // namespace verge::prune
