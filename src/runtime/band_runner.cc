#include "runtime/band_runner.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>

namespace verge::runtime {
namespace {

using Clock = std::chrono::steady_clock;

size_t RowBytes(const TensorType& type) {
  const int rows = ops::RowDimension(type.shape);
  return DTypeBytes(type.dtype) * static_cast<size_t>(type.shape[rows + 1] * type.shape[rows + 2]);
}

// Rows of a tensor as a tensor.
Tensor Slice(const Tensor& whole, ops::RowSpan rows) {
  Tensor slice = whole;
  slice.type.shape.set(ops::RowDimension(slice.type.shape), rows.size());
  slice.data = whole.as<std::byte>() + static_cast<size_t>(rows.begin) * RowBytes(whole.type);
  return slice;
}

}  // namespace

// How far a part of the rows has come.
struct BandRunner::Part {
  std::byte* memory = nullptr;
  std::array<ops::RowSpan, kMaxBandNodes> fresh{};  // of each value: the rows that this band computes
  std::array<int64_t, kMaxBandNodes> base{};        // of each home: the row that its buffer begins with
  std::array<int64_t, kMaxBandNodes> done{};        // of each value: the row up to which it has been computed

  // What this band of the last node needs of the others; rows of the band before that are read again are kept.
  void Advance(const BandGroup& group, std::span<const Node> nodes, ops::RowSpan rows) {
    const size_t last = group.nodes.size() - 1;
    fresh[last] = rows;
    for (size_t k = last; k-- > 0;) {
      const ops::RowSpan wanted = fresh[k + 1];
      fresh[k] = {done[k], done[k]};
      if (wanted.size() == 0) continue;
      const ops::RowSpan read = ops::RowsRead(group.nodes[k + 1].rule, wanted, nodes[k].args.outputs[0].shape()[1]);
      if (group.nodes[k].home == k) MoveTo(group.nodes[k], k, read.begin);
      fresh[k] = {std::max(read.begin, done[k]), std::max(read.end, done[k])};
      done[k] = fresh[k].end;
    }
  }

 private:
  // The buffer of node k begins with this row from now on.
  void MoveTo(const BandNode& node, size_t k, int64_t row) {
    if (done[k] > row && row > base[k]) {
      std::byte* const buffer = memory + node.buffer_offset;
      std::memmove(buffer, buffer + static_cast<size_t>(row - base[k]) * node.row_bytes,
                   static_cast<size_t>(done[k] - row) * node.row_bytes);
    }
    base[k] = row;
  }
};

void BandRunner::Run(uint64_t* profile_ns) const {
  const int64_t height = nodes_.back().args.outputs[0].shape()[1];
  if (group_.tasks == 1 || parallel_ == nullptr) return RunPart({0, height}, memory_, profile_ns);
  const auto part = [&](int task) {
    const ops::RowSpan rows{height * task / group_.tasks, height * (task + 1) / group_.tasks};
    RunPart(rows, memory_ + static_cast<size_t>(task) * group_.task_bytes, task == 0 ? profile_ns : nullptr);
  };
  parallel_->Run(
      group_.tasks, [](void* context, int task) { (*static_cast<const decltype(part)*>(context))(task); },
      const_cast<void*>(static_cast<const void*>(&part)));
}

void BandRunner::RunPart(ops::RowSpan rows, std::byte* memory, uint64_t* profile_ns) const {
  Part part;
  part.memory = memory;
  for (int64_t row = rows.begin; row < rows.end; row += group_.band_rows) {
    part.Advance(group_, nodes_, {row, std::min(row + group_.band_rows, rows.end)});
    for (size_t k = 0; k < nodes_.size(); ++k) {
      if (part.fresh[k].size() == 0) continue;
      const Clock::time_point start = profile_ns == nullptr ? Clock::time_point() : Clock::now();
      RunNode(part, k);
      if (profile_ns == nullptr) continue;
      const auto elapsed = std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - start);
      profile_ns[k] += static_cast<uint64_t>(elapsed.count());
    }
  }
}

void BandRunner::RunNode(const Part& part, size_t k) const {
  const Node& node = nodes_[k];
  const BandNode& band = group_.nodes[k];
  const ops::RowSpan rows = part.fresh[k];
  const Shape& whole = node.args.outputs[0].shape();
  std::array<Tensor, kMaxBandInputs> inputs;
  for (size_t i = 0; i < node.args.inputs.size(); ++i) {
    inputs[i] = node.args.inputs[i];
    if (i == band.linked) {
      const ops::RowSpan read = ops::RowsRead(band.rule, rows, inputs[i].shape()[1]);
      inputs[i] = Slice(inputs[i], read);
      if (k > 0) inputs[i].data = RowOf(part, k - 1, read.begin);
    } else if (!band.rule.is_window && ops::HasRowsOf(inputs[i].shape(), whole)) {
      inputs[i] = Slice(inputs[i], rows);
    }
  }
  Tensor output = Slice(node.args.outputs[0], rows);
  output.data = RowOf(part, k, rows.begin);
  ops::OpAttrs attrs = node.args.attrs;
  ops::SetRowPadding(node.op, band.rule, rows, attrs);
  node.run({.attrs = attrs,
            .inputs = {inputs.data(), node.args.inputs.size()},
            .outputs = {&output, 1},
            .packed = node.args.packed,
            .scratch = part.memory + group_.scratch_offset});
}

// Where a row of the value of node k lies.
std::byte* BandRunner::RowOf(const Part& part, size_t k, int64_t row) const {
  const size_t home = group_.nodes[k].home;
  const size_t row_bytes = group_.nodes[home].row_bytes;
  if (home + 1 == nodes_.size()) {
    return nodes_.back().args.outputs[0].as<std::byte>() + static_cast<size_t>(row) * row_bytes;
  }
  return part.memory + group_.nodes[home].buffer_offset + static_cast<size_t>(row - part.base[home]) * row_bytes;
}

}  // namespace verge::runtime
