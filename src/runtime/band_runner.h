// Runs one group of bands (band_group.h). Internal.
//
// Memory    borrows the group, the operands of its nodes and group.bytes() of the arena; allocates nothing.
// Threads   one Run at a time; it shares its tasks out over `parallel`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/parallel.h"
#include "ops/kernel.h"
#include "runtime/band_group.h"

namespace verge::runtime {

class BandRunner {
 public:
  // What a node would be run with by itself: whole tensors, of which those between the group's nodes have no data.
  struct Node {
    ops::OpId op = 0;
    void (*run)(const ops::RunArgs& args) = nullptr;
    ops::RunArgs args;
  };

  BandRunner(const BandGroup& group, std::vector<Node> nodes, std::byte* memory, Parallel* parallel)
      : group_(group), nodes_(std::move(nodes)), memory_(memory), parallel_(parallel) {}

  size_t first() const { return group_.first; }
  size_t size() const { return nodes_.size(); }

  // `profile_ns`: null, or one an own node; the time of the first part is added.
  void Run(uint64_t* profile_ns) const;

 private:
  struct Part;  // of the last node's rows, on one thread

  void RunPart(ops::RowSpan rows, std::byte* memory, uint64_t* profile_ns) const;
  void RunNode(const Part& part, size_t k) const;
  std::byte* RowOf(const Part& part, size_t k, int64_t row) const;

  const BandGroup& group_;
  std::vector<Node> nodes_;
  std::byte* memory_;
  Parallel* parallel_;
};

}  // namespace verge::runtime
