// Which values of a schedule share memory.
#include "runtime/memory_plan.h"

#include <gtest/gtest.h>

#include <deque>

#include "ops/op_ids.h"

namespace verge::runtime {
namespace {

constexpr size_t kElems = 48;

// Values are numbers; each is 48 floats.
class Schedule {
 public:
  Schedule(std::vector<uint32_t> inputs, std::vector<uint32_t> outputs)
      : inputs_(std::move(inputs)), outputs_(std::move(outputs)) {
    tables_.inputs = inputs_;
    tables_.outputs = outputs_;
    for (const uint32_t v : inputs_) AddValue(v);
  }

  void Add(ops::OpId op, std::vector<uint32_t> inputs, uint32_t output) {
    const std::vector<uint32_t>& in = lists_.emplace_back(std::move(inputs));
    const std::vector<uint32_t>& out = lists_.emplace_back(std::vector<uint32_t>{output});
    AddValue(output);
    format::ModelNode node;
    node.op = op;
    node.inputs = in;
    node.outputs = out;
    tables_.nodes.push_back(node);
  }

  void AddState(uint32_t input, uint32_t output) {
    AddValue(input);
    tables_.states.push_back({input, output});
  }

  MemoryPlan Plan() const {
    const std::vector<PreparedNode> nodes(tables_.nodes.size());
    Result<MemoryPlan> plan = PlanMemory(tables_, nodes);
    EXPECT_TRUE(plan.ok()) << plan.status().ToString();
    return plan.ok() ? std::move(plan).value() : MemoryPlan();
  }

 private:
  void AddValue(uint32_t v) {
    if (tables_.values.size() <= v) tables_.values.resize(v + 1);
    tables_.values[v].type.shape = {static_cast<int64_t>(kElems)};
  }

  std::vector<uint32_t> inputs_;
  std::vector<uint32_t> outputs_;
  std::deque<std::vector<uint32_t>> lists_;
  format::ModelTables tables_;
};

TEST(MemoryPlan, AReshapeIsItsInputWhileBothLive) {
  Schedule s({0}, {4});
  s.Add(ops::ids::kLogistic, {0}, 1);
  s.Add(ops::ids::kReshape, {1}, 2);
  s.Add(ops::ids::kSoftmax, {1}, 3);  // the reshape's input lives on
  s.Add(ops::ids::kAdd, {2, 3}, 4);
  const MemoryPlan plan = s.Plan();
  EXPECT_TRUE(plan.is_in_place[1]);
  EXPECT_EQ(plan.value_offsets[1], plan.value_offsets[2]);
  EXPECT_TRUE(plan.is_in_place[3]) << "by then both are dead but for this reader";
  EXPECT_EQ(plan.arena.total_bytes, 3 * kElems * sizeof(float));  // the input, the group, the softmax
}

TEST(MemoryPlan, NobodyWritesIntoASharedBuffer) {
  Schedule s({0}, {4});
  s.Add(ops::ids::kLogistic, {0}, 1);
  s.Add(ops::ids::kReshape, {1}, 2);
  s.Add(ops::ids::kRelu, {2}, 3);  // value 2 dies here, but its bytes are those of value 1
  s.Add(ops::ids::kAdd, {1, 3}, 4);
  const MemoryPlan plan = s.Plan();
  EXPECT_TRUE(plan.is_in_place[1]);
  EXPECT_FALSE(plan.is_in_place[2]);
  EXPECT_NE(plan.value_offsets[3], plan.value_offsets[1]);
}

TEST(MemoryPlan, ANodeThatReadsTwoViewsOfABufferLeavesItAlone) {
  Schedule s({0}, {3});
  s.Add(ops::ids::kLogistic, {0}, 1);
  s.Add(ops::ids::kReshape, {1}, 2);
  s.Add(ops::ids::kAdd, {1, 2}, 3);
  EXPECT_FALSE(s.Plan().is_in_place[2]);
}

TEST(MemoryPlan, AnInputIsReadThroughItsReshape) {
  Schedule s({0}, {2});
  s.Add(ops::ids::kReshape, {0}, 1);
  s.Add(ops::ids::kRelu, {1}, 2);
  const MemoryPlan plan = s.Plan();
  EXPECT_EQ(plan.value_offsets[0], plan.value_offsets[1]);
  EXPECT_FALSE(plan.is_in_place[1]) << "inputs keep their contents";
}

TEST(MemoryPlan, WhatUsersAndStatesHoldIsNeverShared) {
  Schedule s({0}, {1, 2, 3});
  s.AddState(4, 5);
  s.Add(ops::ids::kReshape, {0}, 1);  // an input as an output
  s.Add(ops::ids::kLogistic, {0}, 2);
  s.Add(ops::ids::kReshape, {2}, 3);  // an output as another
  s.Add(ops::ids::kReshape, {4}, 5);  // a state as its next value
  const MemoryPlan plan = s.Plan();
  EXPECT_EQ(plan.is_in_place, std::vector<bool>({false, false, false, false}));
}

}  // namespace
}  // namespace verge::runtime
