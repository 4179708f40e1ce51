// A loaded model: a kernel chosen and prepared for every node, weights packed for this CPU, memory laid out.
// Sessions (session.h) run it; any number of them share one Model and its packed weights.
//
//   VerifiedModel -> Model::Load -> Session::Create -> Session::Run
//
// Kernels   per node the first of ops::KernelsFor whose supports() accepts its types on this CPU, or what
//           LoadOptions::chooser says; the plain reference when LoadOptions::force_reference is set.
// Memory    packed weights on the heap, once a model; the arena once a session, of a size known here. Constants that no
//           kernel packed are read where they lie in the file, or in the VerifiedModel where the file has them encoded.
// Threads   immutable once loaded.
// Errors    kResourceExhausted above max_memory_bytes or without memory; whatever a kernel's prepare or pack reports,
//           with the node's name.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/cpu_features.h"
#include "base/status.h"
#include "base/tensor.h"
#include "format/model/aligned_bytes.h"
#include "format/model/model.h"
#include "ops/kernel.h"
#include "runtime/band_group.h"
#include "runtime/kernel_chooser.h"

namespace verge::runtime {

struct LoadOptions {
  // Kernels prepare scratch for so many threads; a session's Parallel may have at most as many.
  int threads = 1;
  // Run the plain reference kernels, for checking results.
  bool force_reference = false;
  // Run only kernels for any CPU, "__any" and "__ref", so that results do not depend on the machine.
  bool only_portable = false;
  // Every value keeps a place of its own while it lives, for Session::RunStepwise. Otherwise chains of nodes may run in
  // bands of rows (runtime/band_group.h), of whose inner values only a few rows are there at a time; the results are
  // the same.
  bool keep_values = false;
  // Limit on packed weights, constants that were decoded, and one arena.
  size_t max_memory_bytes = static_cast<size_t>(std::min<uint64_t>(uint64_t{8} << 30, SIZE_MAX));
  // The CPU to choose kernels for; null: this one.
  const CpuFeatures* cpu = nullptr;
  // Told, after they were packed, of constants that no run reads any more: the owner of a mapped file can give its
  // pages back. They stay readable.
  std::function<void(std::span<const std::byte>)> unread = nullptr;
  // Asked for each node unless one of the flags above decides; null: the best that supports it. Shared, because a model
  // for other sizes asks again.
  std::shared_ptr<const KernelChooser> chooser = nullptr;
};

// An input or output as users see it. Views live as long as the model.
struct TensorInfo {
  std::string_view name;
  TensorType type;
};

// A node with all that was decided for it. Views live as long as the model.
struct PreparedNode {
  std::string_view name;
  ops::OpId op = 0;
  const ops::Kernel* kernel = nullptr;
  uint64_t macs = 0;
  std::span<const std::byte> packed;
  size_t packed_bytes = 0;
  size_t scratch_bytes = 0;
  size_t scratch_offset = 0;   // in the arena
  uint32_t unread_inputs = 0;  // ops::KernelNeeds::unread_inputs
  bool is_in_place = false;    // output 0 lies where input 0 lay
};

// A graph, the model's own or one that control flow runs inside it, with all that was decided for it.
struct PreparedGraph {
  const format::ModelTables* tables = nullptr;
  std::vector<PreparedNode> nodes;
  std::vector<BandGroup> bands;       // in the order of the schedule
  std::vector<size_t> band_offsets;   // one a group, in the graph's arena
  std::vector<size_t> value_offsets;  // one a value, in the graph's arena; constants and values inside bands have none
  size_t arena_bytes = 0;             // of a subgraph: a part of its node's scratch
  size_t arena_lower_bound_bytes = 0;
  std::vector<PreparedGraph> subgraphs;  // one each of the tables
};

class Model {
 public:
  // Shared, because every session keeps its model alive and sessions may outlive whoever loaded it.
  static Result<std::shared_ptr<const Model>> Load(format::VerifiedModel verified, const LoadOptions& options = {});

  // The same model for other sizes of its open dimensions, one number a symbol of tables().dynamics; loaded with the
  // options of `model`, whose packed weights it shares as far as they come out the same. Keeps `model` alive.
  // Errors: those of VerifiedModel::ForSizes and of Load.
  static Result<std::shared_ptr<const Model>> ForSizes(const std::shared_ptr<const Model>& model,
                                                       std::span<const int64_t> sizes);
  // The same for shapes that some inputs are to have, by name; the others follow, or keep theirs. Gives back `model`
  // when it has those shapes. kNotFound for an unknown name, and the errors of SizesFor and ForSizes.
  static Result<std::shared_ptr<const Model>> ForShapes(const std::shared_ptr<const Model>& model,
                                                        const std::map<std::string, Shape>& shapes);
  // The sizes that make the inputs have these shapes, one an input. kInvalidArgument names the input whose shape
  // differs where the model's is fixed, or two dimensions that must be the same and are not.
  Result<std::vector<int64_t>> SizesFor(std::span<const Shape> shapes) const;

  std::string_view name() const { return verified_.tables().name; }
  std::span<const TensorInfo> inputs() const { return inputs_; }
  std::span<const TensorInfo> outputs() const { return outputs_; }
  // Index of an input or output; kNotFound lists the names there are.
  Result<size_t> FindInput(std::string_view name) const;
  Result<size_t> FindOutput(std::string_view name) const;

  std::span<const PreparedNode> nodes() const { return graph_.nodes; }
  const PreparedGraph& graph() const { return graph_; }
  const format::ModelTables& tables() const { return verified_.tables(); }
  int threads() const { return threads_; }
  // Bytes of one session's arena: activations, scratch, inputs and outputs.
  size_t arena_bytes() const { return graph_.arena_bytes; }
  // The most bytes alive at one step: no layout could be smaller.
  size_t arena_lower_bound_bytes() const { return graph_.arena_lower_bound_bytes; }
  // Of this model alone: what ForSizes took from another one does not count.
  size_t packed_bytes() const { return packed_bytes_; }
  uint64_t macs() const;
  // Where a value lies in the arena; constants have no place there.
  size_t arena_offset(uint32_t value) const { return graph_.value_offsets[value]; }

 private:
  explicit Model(format::VerifiedModel verified) : verified_(std::move(verified)) {}

  static Result<std::shared_ptr<const Model>> LoadFrom(format::VerifiedModel verified, const LoadOptions& options,
                                                       std::shared_ptr<const Model> base);
  Status PackWeights();
  Status CheckMemory() const;

  format::VerifiedModel verified_;
  std::vector<TensorInfo> inputs_;
  std::vector<TensorInfo> outputs_;
  PreparedGraph graph_;
  std::vector<format::AlignedBytes> packed_;
  size_t packed_bytes_ = 0;
  std::shared_ptr<const Model> base_;  // shared with the models for other sizes: nodes view its packed weights
  LoadOptions options_;
  CpuFeatures cpu_;
  int threads_ = 1;
};

}  // namespace verge::runtime
