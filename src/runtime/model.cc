#include "runtime/model.h"

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
  VERGE_TRY(model->ChooseKernels(filled));
  VERGE_TRY(model->LayOutArena(filled));
  VERGE_TRY(model->PackWeights(filled));
  return std::shared_ptr<const Model>(std::move(model));
}

Status Model::ChooseKernels(const LoadOptions& options) {
  const format::ModelTables& tables = verified_.tables();
  nodes_.resize(tables.nodes.size());
  packed_sizes_.resize(nodes_.size());
  for (size_t i = 0; i < nodes_.size(); ++i) {
    const format::ModelNode& node = tables.nodes[i];
    PreparedNode& prepared = nodes_[i];
    const NodeArgs args(tables, node);
    const ops::PrepareArgs prepare = args.Prepare(node, options);
    prepared.name = node.name;
    prepared.op = node.op;
    prepared.macs = MacsOf(node, args);
    Result<const ops::Kernel*> kernel = ChooseKernel(node.op, prepare, options.force_reference);
    if (!kernel.ok()) return std::move(kernel).status().WithContext(NodeText(node));
    prepared.kernel = *kernel;
    if (prepared.kernel->prepare == nullptr) continue;
    const Result<ops::KernelNeeds> needs = prepared.kernel->prepare(prepare);
    if (!needs.ok()) return Status(needs.status()).WithContext(NodeText(node));
    prepared.scratch_bytes = needs->scratch_bytes;
    packed_sizes_[i] = needs->packed_bytes;
  }
  return Status::Ok();
}

Status Model::LayOutArena(const LoadOptions& options) {
  VERGE_TRY_ASSIGN(MemoryPlan plan, PlanMemory(verified_.tables(), nodes_));
  size_t total = plan.arena.total_bytes;
  for (size_t& size : packed_sizes_) {
    const std::optional<size_t> aligned = CheckedAlignUp(size, format::kModelAlignment);
    const std::optional<size_t> sum = aligned ? CheckedAdd(total, *aligned) : std::nullopt;
    if (!sum) return VERGE_ERROR(kResourceExhausted, "packed weights exceed the address space");
    size = *aligned;
    total = *sum;
  }
  if (total > options.max_memory_bytes) {
    return VERGE_ERROR(kResourceExhausted, "the model needs " + std::to_string(total) +
                                               " bytes of memory (arena and packed weights); the limit is " +
                                               std::to_string(options.max_memory_bytes));
  }
  value_offsets_ = std::move(plan.value_offsets);
  for (size_t i = 0; i < nodes_.size(); ++i) {
    nodes_[i].scratch_offset = plan.scratch_offsets[i];
    nodes_[i].is_in_place = plan.is_in_place[i];
  }
  arena_bytes_ = plan.arena.total_bytes;
  arena_lower_bound_bytes_ = plan.arena.lower_bound_bytes;
  return Status::Ok();
}

Status Model::PackWeights(const LoadOptions& options) {
  size_t total = 0;
  for (const size_t size : packed_sizes_) total += size;  // LayOutArena checked the sum
  VERGE_TRY_ASSIGN(packed_, format::AlignedBytes::Allocate(total));
  size_t offset = 0;
  for (size_t i = 0; i < nodes_.size(); ++i) {
    if (packed_sizes_[i] == 0) continue;
    const format::ModelNode& node = verified_.tables().nodes[i];
    const NodeArgs args(verified_.tables(), node);
    const std::span<std::byte> place = packed_.bytes().subspan(offset, packed_sizes_[i]);
    Status status = nodes_[i].kernel->pack(args.Prepare(node, options), place);
    if (!status.ok()) return std::move(status).WithContext(NodeText(node));
    nodes_[i].packed = place;
    offset += packed_sizes_[i];
  }
  packed_sizes_.clear();
  return Status::Ok();
}

Result<size_t> Model::FindInput(std::string_view name) const { return Find(inputs_, name, "input"); }
Result<size_t> Model::FindOutput(std::string_view name) const { return Find(outputs_, name, "output"); }

uint64_t Model::macs() const {
  uint64_t sum = 0;
  for (const PreparedNode& node : nodes_) sum += node.macs;
  return sum;
}

}  // namespace verge::runtime
