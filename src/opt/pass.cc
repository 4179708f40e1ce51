#include "opt/pass.h"

#include <algorithm>
#include <string>

#include "ir/verify.h"
#include "opt/use_four_bits.h"
#include "opt/use_integers.h"

namespace verge::opt {

std::vector<Pass> AllPasses() {
  return {
#define VERGE_PASS(name, Name, summary) {#name, summary, Name},
#include "opt/passes.def"
#undef VERGE_PASS
  };
}

GraphSize SizeOf(const ir::Graph& graph) {
  GraphSize size;
  size.nodes = graph.nodes.size();
  for (const ir::Node& node : graph.nodes) {
    std::vector<TensorType> inputs;
    std::vector<TensorType> outputs;
    for (const ir::ValueId id : node.inputs)
      inputs.push_back(id == ir::kNoValue ? TensorType() : graph.value(id).type());
    for (const ir::ValueId id : node.outputs)
      outputs.push_back(id == ir::kNoValue ? TensorType() : graph.value(id).type());
    size.macs += ops::GetOp(node.op).macs(node.attrs, inputs, outputs);
  }
  for (const ir::Graph& subgraph : graph.subgraphs) {
    const GraphSize inside = SizeOf(subgraph);
    size.nodes += inside.nodes;
    size.macs += inside.macs;
  }
  return size;
}

Status CheckPassNames(const std::vector<std::string_view>& names) {
  const std::vector<Pass> passes = AllPasses();
  for (const std::string_view name : names) {
    if (std::ranges::any_of(passes, [&](const Pass& pass) { return name == pass.name; })) continue;
    std::string known;
    for (const Pass& pass : passes) known += (known.empty() ? "" : ", ") + std::string(pass.name);
    return VERGE_ERROR(kInvalidArgument, "there is no pass \"" + std::string(name) + "\"; known are " + known);
  }
  return Status::Ok();
}

namespace {

// Each round removes nodes or constants, or brings them closer to what kernels want; two or three settle real models.
constexpr size_t kMaxRounds = 8;

// Runs one pass over a graph and all that are nested in it.
Result<PassReport> RunEverywhere(const Pass& pass, ir::Graph& graph) {
  PassReport total;
  const auto add = [&](PassReport report) {
    total.changes += report.changes;
    for (std::string& note : report.notes) {
      if (total.notes.size() < PassReport::kMaxNotes) total.notes.push_back(std::move(note));
    }
  };
  for (ir::Graph& subgraph : graph.subgraphs) {
    VERGE_TRY_ASSIGN(PassReport inside, RunEverywhere(pass, subgraph));
    add(std::move(inside));
  }
  VERGE_TRY_ASSIGN(PassReport report, pass.run(graph));
  add(std::move(report));
  return total;
}

Result<PassOutcome> RunOne(const Pass& pass, ir::Graph& graph, bool verify) {
  PassOutcome outcome;
  outcome.name = pass.name;
  outcome.before = SizeOf(graph);
  Result<PassReport> report = RunEverywhere(pass, graph);
  if (!report.ok()) return std::move(report).status().WithContext(std::string("pass ") + pass.name);
  if (verify && report->changes > 0) {
    Status status = ir::Verify(graph);
    if (!status.ok()) return std::move(status).WithContext(std::string("after pass ") + pass.name);
  }
  outcome.after = SizeOf(graph);
  outcome.changes = report->changes;
  outcome.notes = std::move(report->notes);
  return outcome;
}

// Rounds from number `first` on, until one changes nothing; gives the number after the last.
Result<size_t> RunRounds(const std::vector<Pass>& passes, size_t first, ir::Graph& graph, const PassOptions& options,
                         std::vector<PassOutcome>& outcomes) {
  bool has_changed = true;
  size_t round = first;
  for (; has_changed && round < first + kMaxRounds; ++round) {
    has_changed = false;
    for (const Pass& pass : passes) {
      VERGE_TRY_ASSIGN(PassOutcome outcome, RunOne(pass, graph, options.verify));
      outcome.round = round;
      has_changed = has_changed || outcome.changes > 0;
      if (round == 0 || outcome.changes > 0) outcomes.push_back(std::move(outcome));
    }
  }
  return round;
}

}  // namespace

Result<std::vector<PassOutcome>> RunPasses(ir::Graph& graph, const PassOptions& options) {
  VERGE_TRY(CheckPassNames(options.only));
  VERGE_TRY(CheckPassNames(options.without));
  std::vector<Pass> passes = AllPasses();
  std::erase_if(passes, [&](const Pass& pass) {
    const bool is_asked = options.only.empty() || std::ranges::find(options.only, pass.name) != options.only.end();
    return !is_asked || std::ranges::find(options.without, pass.name) != options.without.end();
  });
  std::vector<PassOutcome> outcomes;
  VERGE_TRY_ASSIGN(const size_t rounds, RunRounds(passes, 0, graph, options, outcomes));
  const auto rewrite = [&](const Pass& pass) -> Status {
    VERGE_TRY_ASSIGN(PassOutcome outcome, RunOne(pass, graph, options.verify));
    outcome.round = rounds;
    outcomes.push_back(std::move(outcome));
    return RunRounds(passes, rounds, graph, options, outcomes).status();
  };
  if (options.integers) {
    VERGE_TRY(rewrite({"use_integers", "Runs in integers what stands between dequantize and quantize", UseIntegers}));
  }
  if (options.four_bits) {
    VERGE_TRY(rewrite({"use_four_bits", "Stores the weights of large layers in 4 bits", UseFourBits}));
  }
  ir::Compact(graph);
  return outcomes;
}

}  // namespace verge::opt
