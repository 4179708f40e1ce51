#include "tune/measure.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <map>

namespace verge::tune {
namespace {

// Gives each node the `rank`-th of the kernels that support it, and remembers the nodes' keys by the place of their
// attributes in the model that is being loaded.
class Ranked final : public runtime::KernelChooser {
 public:
  struct Seen {
    std::string key;
    size_t kernels = 0;
  };
  explicit Ranked(size_t rank) : rank_(rank) {}

  const ops::Kernel* Choose(ops::OpId op, const ops::PrepareArgs& args) const override {
    std::vector<const ops::Kernel*> able;
    for (const ops::Kernel* kernel : ops::KernelsFor(op)) {
      if (kernel->supports(args)) able.push_back(kernel);
    }
    seen_[&args.attrs] = {KeyOf(op, args), able.size()};
    return rank_ < able.size() ? able[rank_] : nullptr;
  }
  const Seen& seen(const ops::OpAttrs& attrs) const { return seen_.at(&attrs); }

 private:
  const size_t rank_;
  mutable std::map<const ops::OpAttrs*, Seen> seen_;  // by one load, on one thread
};

// The model with the kernels of one rank, and the least time of each node.
struct Variant {
  std::shared_ptr<const Ranked> ranked;
  std::shared_ptr<const runtime::Model> model;
  std::unique_ptr<runtime::Session> session;
  std::vector<uint64_t> least_ns;
  double spent_seconds = 0;
  int runs = 0;

  void Run() {
    const auto start = std::chrono::steady_clock::now();
    const std::vector<uint64_t> before(session->profile_ns().begin(), session->profile_ns().end());
    session->Run();
    for (size_t i = 0; i < least_ns.size(); ++i) {
      least_ns[i] = std::min(least_ns[i], session->profile_ns()[i] - before[i]);
    }
    spent_seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    ++runs;
  }
};

Result<Variant> MakeVariant(const Loader& load, const std::function<void(const runtime::Session&)>& fill, size_t rank,
                            Parallel* parallel) {
  Variant variant;
  variant.ranked = std::make_shared<const Ranked>(rank);
  VERGE_TRY_ASSIGN(variant.model, load(variant.ranked));
  VERGE_TRY_ASSIGN(runtime::Session session, runtime::Session::Create(variant.model, parallel));
  variant.session = std::make_unique<runtime::Session>(std::move(session));
  fill(*variant.session);
  variant.session->EnableProfile();
  variant.least_ns.assign(variant.model->nodes().size(), std::numeric_limits<uint64_t>::max());
  return variant;
}

const Ranked::Seen& SeenOf(const Variant& variant, size_t node) {
  return variant.ranked->seen(variant.model->tables().nodes[node].attrs);
}

// In turn, so that what else the machine does meets all of them.
void RunAll(std::vector<Variant>& variants, double seconds) {
  constexpr int kLeastRuns = 2;
  const double share = seconds / static_cast<double>(variants.size());
  for (bool is_done = false; !is_done;) {
    is_done = true;
    for (Variant& variant : variants) {
      if (variant.runs >= kLeastRuns && variant.spent_seconds >= share) continue;
      variant.Run();
      is_done = false;
    }
  }
}

// All nodes of one key, by rank of their kernels.
struct Case {
  std::string node;
  std::vector<const ops::Kernel*> kernels;
  std::vector<double> ns;
};

std::map<std::string, Case> Collect(const std::vector<Variant>& variants) {
  std::map<std::string, Case> cases;
  for (size_t i = 0; i < variants[0].model->nodes().size(); ++i) {
    const Ranked::Seen& seen = SeenOf(variants[0], i);
    if (seen.kernels < 2) continue;
    Case& found = cases[seen.key];
    const bool is_first = found.kernels.empty();
    if (is_first) found.node = variants[0].model->nodes()[i].name;
    for (size_t rank = 0; rank < seen.kernels; ++rank) {
      if (is_first) {
        found.kernels.push_back(variants[rank].model->nodes()[i].kernel);
        found.ns.push_back(0);
      }
      if (rank < found.ns.size()) found.ns[rank] += static_cast<double>(variants[rank].least_ns[i]);
    }
  }
  return cases;
}

}  // namespace

Result<Measured> Measure(const Loader& load, const std::function<void(const runtime::Session&)>& fill,
                         const MeasureOptions& options, Choices& choices) {
  std::vector<Variant> variants;
  VERGE_TRY_ASSIGN(Variant usual, MakeVariant(load, fill, 0, options.parallel));
  variants.push_back(std::move(usual));
  size_t ranks = 1;
  Measured measured;
  measured.nodes = variants[0].model->nodes().size();
  for (size_t i = 0; i < measured.nodes; ++i) {
    const size_t kernels = SeenOf(variants[0], i).kernels;
    ranks = std::max(ranks, kernels);
    if (kernels > 1) ++measured.measured;
  }
  for (size_t rank = 1; rank < ranks; ++rank) {
    VERGE_TRY_ASSIGN(Variant other, MakeVariant(load, fill, rank, options.parallel));
    variants.push_back(std::move(other));
  }
  if (ranks > 1) RunAll(variants, options.seconds);
  for (const auto& [key, found] : Collect(variants)) {
    choices.Forget(key);
    const auto best = static_cast<size_t>(std::min_element(found.ns.begin(), found.ns.end()) - found.ns.begin());
    const double gain = found.ns[0] - found.ns[best];
    if (best == 0 || gain < options.min_gain_ns || gain < options.min_gain * found.ns[0]) continue;
    choices.Set(key, found.kernels[best]->name);
    measured.gains.push_back(
        {found.node, found.kernels[0]->name, found.kernels[best]->name, found.ns[0], found.ns[best]});
  }
  return measured;
}

}  // namespace verge::tune
