#include "runtime/model.h"

#include <algorithm>
#include <string>

#include "base/checked.h"
#include "kernels/cpu.h"
#include "runtime/bands.h"
#include "runtime/memory_plan.h"
#include "runtime/node_args.h"

namespace verge::runtime {
namespace {

bool IsPortable(const ops::Kernel& kernel) {
  const std::string_view name = kernel.name;
  return name.ends_with("__any") || name.ends_with("__ref");
}

Result<const ops::Kernel*> ChooseKernel(ops::OpId op, const ops::PrepareArgs& args, const LoadOptions& options) {
  const std::span<const ops::Kernel* const> kernels = ops::KernelsFor(op);
  if (options.force_reference && !kernels.empty()) return kernels.back();
  if (options.chooser != nullptr && !options.only_portable) {
    const ops::Kernel* const chosen = options.chooser->Choose(op, args);
    if (chosen != nullptr && chosen->supports(args)) return chosen;
  }
  for (const ops::Kernel* kernel : kernels) {
    if (options.only_portable && !IsPortable(*kernel)) continue;
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
  VERGE_TRY_ASSIGN(prepared.kernel, ChooseKernel(node.op, prepare, options));
  prepared.scratch_bytes = SubgraphArena(graph, node);
  if (prepared.kernel->prepare == nullptr) return Status::Ok();
  VERGE_TRY_ASSIGN(const ops::KernelNeeds needs, prepared.kernel->prepare(prepare));
  prepared.scratch_bytes = std::max(prepared.scratch_bytes, needs.scratch_bytes);
  const std::optional<size_t> aligned = CheckedAlignUp(needs.packed_bytes, format::kModelAlignment);
  if (!aligned) return VERGE_ERROR(kResourceExhausted, "packed weights exceed the address space");
  prepared.packed_bytes = *aligned;
  prepared.unread_inputs = needs.unread_inputs;
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
  graph.bands = FindBands(tables, graph.nodes, options);
  VERGE_TRY_ASSIGN(MemoryPlan plan, PlanMemory(tables, graph.nodes, graph.bands));
  graph.band_offsets = std::move(plan.band_offsets);
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

// Packs a graph's weights into memory that is added to `owned`. What a `base` graph, the same one for other sizes, has
// packed to the same bytes is used from there.
class Packer {
 public:
  Packer(const LoadOptions& options, std::vector<format::AlignedBytes>& owned) : options_(options), owned_(owned) {}

  Status Pack(PreparedGraph& graph, const PreparedGraph* base) {
    for (size_t i = 0; i < graph.subgraphs.size(); ++i) {
      VERGE_TRY(Pack(graph.subgraphs[i], base == nullptr ? nullptr : &base->subgraphs[i]));
    }
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
      if (graph.nodes[i].packed_bytes == 0) continue;
      Status status = PackNode(graph, i, base == nullptr ? nullptr : &base->nodes[i]);
      if (!status.ok()) return std::move(status).WithContext(NodeText(graph.tables->nodes[i]));
    }
    return Status::Ok();
  }
  size_t bytes() const { return bytes_; }

 private:
  Status PackNode(PreparedGraph& graph, size_t index, const PreparedNode* base) {
    PreparedNode& prepared = graph.nodes[index];
    const format::ModelNode& node = graph.tables->nodes[index];
    const NodeArgs args(*graph.tables, node);
    VERGE_TRY_ASSIGN(format::AlignedBytes memory, format::AlignedBytes::Allocate(prepared.packed_bytes));
    VERGE_TRY(prepared.kernel->pack(args.Prepare(node, options_), memory.bytes()));
    TellUnread(args, prepared.unread_inputs);
    if (base != nullptr && base->kernel == prepared.kernel && std::ranges::equal(base->packed, memory.bytes())) {
      prepared.packed = base->packed;
      return Status::Ok();
    }
    owned_.push_back(std::move(memory));
    prepared.packed = owned_.back().bytes();
    bytes_ += prepared.packed_bytes;
    return Status::Ok();
  }

  void TellUnread(const NodeArgs& args, uint32_t unread) const {
    if (options_.unread == nullptr) return;
    for (size_t i = 0; i < args.inputs.size() && i < 32; ++i) {
      const ops::InferInput& input = args.inputs[i];
      if ((unread >> i & 1U) == 0 || input.constant == nullptr) continue;
      options_.unread({static_cast<const std::byte*>(input.constant), input.type.CheckedBytes().value_or(0)});
    }
  }

  const LoadOptions& options_;
  std::vector<format::AlignedBytes>& owned_;
  size_t bytes_ = 0;
};

}  // namespace

Result<std::shared_ptr<const Model>> Model::Load(format::VerifiedModel verified, const LoadOptions& options) {
  return LoadFrom(std::move(verified), options, nullptr);
}

Result<std::shared_ptr<const Model>> Model::LoadFrom(format::VerifiedModel verified, const LoadOptions& options,
                                                     std::shared_ptr<const Model> base) {
  if (options.threads < 1) return VERGE_ERROR(kInvalidArgument, "threads must be 1 or more");
  std::shared_ptr<Model> model(new Model(std::move(verified)));
  model->options_ = options;
  model->cpu_ = options.cpu != nullptr ? *options.cpu : kernels::Cpu();
  model->options_.cpu = &model->cpu_;
  model->base_ = std::move(base);
  model->threads_ = options.threads;
  const format::ModelTables& tables = model->tables();
  for (const uint32_t i : tables.inputs) model->inputs_.push_back({tables.values[i].name, tables.values[i].type});
  for (const uint32_t i : tables.outputs) model->outputs_.push_back({tables.values[i].name, tables.values[i].type});
  VERGE_TRY(PrepareGraph(tables, model->options_, model->graph_));
  VERGE_TRY(model->CheckMemory());
  VERGE_TRY(model->PackWeights());
  return std::shared_ptr<const Model>(std::move(model));
}

Result<std::shared_ptr<const Model>> Model::ForSizes(const std::shared_ptr<const Model>& model,
                                                     std::span<const int64_t> sizes) {
  VERGE_TRY_ASSIGN(format::VerifiedModel resized, model->verified_.ForSizes(sizes));
  return LoadFrom(std::move(resized), model->options_, model);
}

Result<std::shared_ptr<const Model>> Model::ForShapes(const std::shared_ptr<const Model>& model,
                                                      const std::map<std::string, Shape>& shapes) {
  std::vector<Shape> wanted;
  for (const TensorInfo& input : model->inputs_) wanted.push_back(input.type.shape);
  std::vector<bool> is_named(wanted.size(), false);
  for (const auto& [name, shape] : shapes) {
    VERGE_TRY_ASSIGN(const size_t i, model->FindInput(name));
    wanted[i] = shape;
    is_named[i] = true;
  }
  const auto is_there = [&](const format::SymbolicDim& d) { return static_cast<int>(d.dim) < wanted[d.input].rank(); };
  const std::span<const format::SymbolicDim> dims = model->tables().dynamics.dims;
  for (const format::SymbolicDim& named : dims) {
    if (!is_named[named.input] || !is_there(named)) continue;
    const int64_t size = wanted[named.input][static_cast<int>(named.dim)];
    for (const format::SymbolicDim& other : dims) {
      if (other.symbol == named.symbol && !is_named[other.input]) {
        wanted[other.input].set(static_cast<int>(other.dim), size);
      }
    }
  }
  bool is_same = true;
  for (size_t i = 0; i < wanted.size(); ++i) is_same = is_same && wanted[i] == model->inputs_[i].type.shape;
  if (is_same) return model;
  VERGE_TRY_ASSIGN(const std::vector<int64_t> sizes, model->SizesFor(wanted));
  return ForSizes(model, sizes);
}

Result<std::vector<int64_t>> Model::SizesFor(std::span<const Shape> shapes) const {
  const format::Dynamics& dynamics = tables().dynamics;
  if (shapes.size() != inputs_.size()) {
    return VERGE_ERROR(kInvalidArgument, "the model has " + std::to_string(inputs_.size()) + " inputs, given are " +
                                             std::to_string(shapes.size()) + " shapes");
  }
  std::vector<int64_t> sizes(dynamics.symbols.size(), 0);
  for (size_t i = 0; i < shapes.size(); ++i) {
    Shape fixed = inputs_[i].type.shape;
    for (const format::SymbolicDim& d : dynamics.dims) {
      if (d.input != i || shapes[i].rank() != fixed.rank()) continue;
      const int64_t size = shapes[i][static_cast<int>(d.dim)];
      fixed.set(static_cast<int>(d.dim), size);
      if (sizes[d.symbol] == 0) sizes[d.symbol] = size;
      if (sizes[d.symbol] == size) continue;
      return VERGE_ERROR(kInvalidArgument, "dimension " + std::to_string(d.dim) + " of input " +
                                               std::string(inputs_[i].name) + " is " + std::to_string(size) +
                                               "; size '" + std::string(dynamics.symbols[d.symbol].name) + "' is " +
                                               std::to_string(sizes[d.symbol]) + " elsewhere");
    }
    if (shapes[i] == fixed) continue;
    return VERGE_ERROR(kInvalidArgument, "input " + std::string(inputs_[i].name) + " has the shape " +
                                             ToString(inputs_[i].type.shape) + "; " + ToString(shapes[i]) +
                                             " differs where the model leaves nothing open");
  }
  return sizes;
}

Status Model::CheckMemory() const {
  const std::optional<size_t> packed = PackedBytes(graph_);
  std::optional<size_t> total = packed ? CheckedAdd(*packed, graph_.arena_bytes) : std::nullopt;
  if (total) total = CheckedAdd(*total, static_cast<size_t>(tables().decoded_bytes));
  if (total && *total <= options_.max_memory_bytes) return Status::Ok();
  return VERGE_ERROR(kResourceExhausted, "the model needs " + (total ? std::to_string(*total) : "more than all") +
                                             " bytes of memory (arena, packed and decoded weights); the limit is " +
                                             std::to_string(options_.max_memory_bytes));
}

Status Model::PackWeights() {
  Packer packer(options_, packed_);
  VERGE_TRY(packer.Pack(graph_, base_ == nullptr ? nullptr : &base_->graph_));
  packed_bytes_ = packer.bytes();
  return Status::Ok();
}

Result<size_t> Model::FindInput(std::string_view name) const { return Find(inputs_, name, "input"); }
Result<size_t> Model::FindOutput(std::string_view name) const { return Find(outputs_, name, "output"); }

uint64_t Model::macs() const {
  uint64_t sum = 0;
  for (const PreparedNode& node : graph_.nodes) sum += node.macs;
  return sum;
}

}  // namespace verge::runtime
