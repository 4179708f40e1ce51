#include "runtime/model.h"

#include <algorithm>
#include <string>

#include "base/checked.h"
#include "kernels/cpu.h"
#include "runtime/memory_plan.h"

namespace verge::runtime {
namespace {

// The arguments of a node's prepare and pack, with the vectors that they view.
struct NodeArgs {
  std::vector<ops::InferInput> inputs;
  std::vector<TensorType> outputs;

  NodeArgs(const format::ModelTables& tables, const format::ModelNode& node) {
    for (const uint32_t index : node.inputs) {
      if (index == format::kOmittedInput) {
        inputs.push_back({.type = {}, .constant = nullptr, .is_present = false});
      } else {
        inputs.push_back({.type = tables.values[index].type, .constant = tables.values[index].constant});
      }
    }
    for (const uint32_t index : node.outputs) outputs.push_back(tables.values[index].type);
  }

  ops::PrepareArgs Prepare(const format::ModelNode& node, const LoadOptions& options) const {
    return {.attrs = node.attrs, .inputs = inputs, .outputs = outputs, .cpu = *options.cpu, .threads = options.threads};
  }
};

Result<const ops::Kernel*> ChooseKernel(ops::OpId op, const ops::PrepareArgs& args, bool force_reference) {
  const std::span<const ops::Kernel* const> kernels = ops::KernelsFor(op);
  if (force_reference && !kernels.empty()) return kernels.back();
  for (const ops::Kernel* kernel : kernels) {
    if (kernel->supports(args)) return kernel;
  }
  return VERGE_ERROR(kUnsupported, "no kernel of this build can run it");
}

std::string NodeText(const format::ModelNode& node) {
  return "node " + std::string(node.name) + " (" + ops::GetOp(node.op).name + ")";
}

uint64_t MacsOf(const format::ModelNode& node, const NodeArgs& args) {
  const ops::OpDef& def = ops::GetOp(node.op);
  if (def.macs == nullptr) return 0;
  std::vector<TensorType> inputs;
  for (const ops::InferInput& input : args.inputs) inputs.push_back(input.type);
  return def.macs(node.attrs, inputs, args.outputs);
}

Result<size_t> Find(std::span<const TensorInfo> infos, std::string_view name, const char* what) {
  std::string known;
  for (size_t i = 0; i < infos.size(); ++i) {
    if (infos[i].name == name) return i;
    known += (i == 0 ? "" : ", ") + std::string(infos[i].name) + " " + ToString(infos[i].type.shape) + " " +
             DTypeName(infos[i].type.dtype);
  }
  return VERGE_ERROR(kNotFound, std::string("the model has no ") + what + " called \"" + std::string(name) +
                                    "\"; it has " + (known.empty() ? "none" : known));
}

// Control flow runs its subgraphs one at a time, each in the same scratch.
size_t SubgraphArena(const PreparedGraph& graph, const format::ModelNode& node) {
  size_t bytes = 0;
  for (const uint32_t index : node.subgraphs) bytes = std::max(bytes, graph.subgraphs[index].arena_bytes);
  return bytes;
}

Status PrepareNode(const PreparedGraph& graph, const format::ModelNode& node, const LoadOptions& options,
                   PreparedNode& prepared) {
  const NodeArgs args(*graph.tables, node);
  const ops::PrepareArgs prepare = args.Prepare(node, options);
  prepared.name = node.name;
  prepared.op = node.op;
  prepared.macs = MacsOf(node, args);
  VERGE_TRY_ASSIGN(prepared.kernel, ChooseKernel(node.op, prepare, options.force_reference));
  prepared.scratch_bytes = SubgraphArena(graph, node);
  if (prepared.kernel->prepare == nullptr) return Status::Ok();
  VERGE_TRY_ASSIGN(const ops::KernelNeeds needs, prepared.kernel->prepare(prepare));
  prepared.scratch_bytes = std::max(prepared.scratch_bytes, needs.scratch_bytes);
  const std::optional<size_t> aligned = CheckedAlignUp(needs.packed_bytes, format::kModelAlignment);
  if (!aligned) return VERGE_ERROR(kResourceExhausted, "packed weights exceed the address space");
  prepared.packed_bytes = *aligned;
  return Status::Ok();
}

// Kernels and memory, the inner graphs first: a node's scratch holds the arenas of its subgraphs.
Status PrepareGraph(const format::ModelTables& tables, const LoadOptions& options, PreparedGraph& graph) {
  graph.tables = &tables;
  for (const format::ModelTables& subgraph : tables.subgraphs) {
    VERGE_TRY(PrepareGraph(subgraph, options, graph.subgraphs.emplace_back()));
  }
  graph.nodes.resize(tables.nodes.size());
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    Status status = PrepareNode(graph, tables.nodes[i], options, graph.nodes[i]);
    if (!status.ok()) return std::move(status).WithContext(NodeText(tables.nodes[i]));
  }
  VERGE_TRY_ASSIGN(MemoryPlan plan, PlanMemory(tables, graph.nodes));
  graph.value_offsets = std::move(plan.value_offsets);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    graph.nodes[i].scratch_offset = plan.scratch_offsets[i];
    graph.nodes[i].is_in_place = plan.is_in_place[i];
  }
  graph.arena_bytes = plan.arena.total_bytes;
  graph.arena_lower_bound_bytes = plan.arena.lower_bound_bytes;
  return Status::Ok();
}

// Bytes of all packed weights; empty on overflow.
std::optional<size_t> PackedBytes(const PreparedGraph& graph) {
  std::optional<size_t> total = 0;
  for (const PreparedNode& node : graph.nodes) {
    if (total) total = CheckedAdd(*total, node.packed_bytes);
  }
  for (const PreparedGraph& subgraph : graph.subgraphs) {
    const std::optional<size_t> inside = PackedBytes(subgraph);
    total = total && inside ? CheckedAdd(*total, *inside) : std::nullopt;
  }
  return total;
}

Status PackGraph(PreparedGraph& graph, const LoadOptions& options, std::span<std::byte>& free) {
  for (PreparedGraph& subgraph : graph.subgraphs) VERGE_TRY(PackGraph(subgraph, options, free));
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    PreparedNode& prepared = graph.nodes[i];
    if (prepared.packed_bytes == 0) continue;
    const format::ModelNode& node = graph.tables->nodes[i];
    const NodeArgs args(*graph.tables, node);
    const std::span<std::byte> place = free.first(prepared.packed_bytes);
    Status status = prepared.kernel->pack(args.Prepare(node, options), place);
    if (!status.ok()) return std::move(status).WithContext(NodeText(node));
    prepared.packed = place;
    free = free.subspan(prepared.packed_bytes);
  }
  return Status::Ok();
}

}  // namespace

Result<std::shared_ptr<const Model>> Model::Load(format::VerifiedModel verified, const LoadOptions& options) {
  if (options.threads < 1) return VERGE_ERROR(kInvalidArgument, "threads must be 1 or more");
  LoadOptions filled = options;
  if (filled.cpu == nullptr) filled.cpu = &kernels::Cpu();
  std::shared_ptr<Model> model(new Model(std::move(verified)));
  model->threads_ = options.threads;
  const format::ModelTables& tables = model->tables();
  for (const uint32_t i : tables.inputs) model->inputs_.push_back({tables.values[i].name, tables.values[i].type});
  for (const uint32_t i : tables.outputs) model->outputs_.push_back({tables.values[i].name, tables.values[i].type});
  VERGE_TRY(PrepareGraph(tables, filled, model->graph_));
  VERGE_TRY(model->CheckMemory(filled));
  VERGE_TRY(model->PackWeights(filled));
  return std::shared_ptr<const Model>(std::move(model));
}

Status Model::CheckMemory(const LoadOptions& options) {
  const std::optional<size_t> packed = PackedBytes(graph_);
  const std::optional<size_t> total = packed ? CheckedAdd(*packed, graph_.arena_bytes) : std::nullopt;
  if (total && *total <= options.max_memory_bytes) return Status::Ok();
  return VERGE_ERROR(kResourceExhausted,
                     "the model needs " + (total ? std::to_string(*total) : "more than all") +
                         " bytes of memory (arena and packed weights); the limit is " +
                         std::to_string(options.max_memory_bytes));
}

Status Model::PackWeights(const LoadOptions& options) {
  VERGE_TRY_ASSIGN(packed_, format::AlignedBytes::Allocate(PackedBytes(graph_).value_or(0)));  // CheckMemory saw the sum
  std::span<std::byte> free = packed_.bytes();
  return PackGraph(graph_, options, free);
}

Result<size_t> Model::FindInput(std::string_view name) const { return Find(inputs_, name, "input"); }
Result<size_t> Model::FindOutput(std::string_view name) const { return Find(outputs_, name, "output"); }

uint64_t Model::macs() const {
  uint64_t sum = 0;
  for (const PreparedNode& node : graph_.nodes) sum += node.macs;
  return sum;
}

}  // namespace verge::runtime
