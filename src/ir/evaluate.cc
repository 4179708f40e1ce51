#include "ir/evaluate.h"

#include <memory>
#include <string>

#include "ops/kernel_list.h"

namespace verge::ir {
namespace {

// How often each value is still read, so that memory is given back early.
std::vector<size_t> CountReaders(const Graph& graph) {
  std::vector<size_t> readers(graph.values.size(), 0);
  for (const Node& node : graph.nodes) {
    for (const ValueId id : node.inputs) {
      if (id != kNoValue) ++readers[id];
    }
  }
  for (const ValueId id : graph.outputs) ++readers[id];
  for (const State& state : graph.states) ++readers[state.output];
  for (const CountedDim& counted : graph.counted) ++readers[counted.count];
  return readers;
}

// A subgraph as control-flow kernels run it. What goes wrong inside is kept, and the condition then ends every loop.
class Subgraph final : public ops::SubgraphRunner {
 public:
  explicit Subgraph(const Graph& graph) : graph_(graph) {
    for (const ValueId id : graph.inputs) {
      in_.push_back(Buffer::Allocate(graph.value(id).type().CheckedBytes().value_or(0)));
      inputs_.push_back({graph.value(id).type(), in_.back()->mutable_data()});
    }
    for (const ValueId id : graph.outputs) {
      out_.push_back(Buffer::Allocate(graph.value(id).type().CheckedBytes().value_or(0)));
      outputs_.push_back({graph.value(id).type(), const_cast<std::byte*>(out_.back()->data())});
    }
  }
  std::span<const Tensor> inputs() const override { return inputs_; }
  std::span<const Tensor> outputs() const override { return outputs_; }
  void Run() override {
    std::vector<BufferPtr> inputs;  // copies: an output may be an input, which the caller writes again
    for (const auto& buffer : in_) inputs.push_back(Buffer::CopyOf(buffer->data(), buffer->size()));
    Result<std::vector<BufferPtr>> results = Evaluate(graph_, inputs);
    if (results.ok()) {
      out_ = std::move(results).value();
    } else {
      status_ = std::move(results).status();
      for (BufferPtr& buffer : out_) buffer = Buffer::Allocate(buffer->size());
    }
    for (size_t i = 0; i < out_.size(); ++i) outputs_[i].data = const_cast<std::byte*>(out_[i]->data());
  }
  const Status& status() const { return status_; }

 private:
  const Graph& graph_;
  std::vector<std::shared_ptr<Buffer>> in_;  // shared with nobody; Buffer is made by shared_ptr only
  std::vector<BufferPtr> out_;
  std::vector<Tensor> inputs_;
  std::vector<Tensor> outputs_;
  Status status_;
};

}  // namespace

Result<std::vector<BufferPtr>> EvaluateNode(const Graph& graph, const Node& node, std::span<const BufferPtr> inputs) {
  VERGE_TRY_ASSIGN(const std::vector<TensorType> types, InferNode(graph, node));
  std::vector<Tensor> in;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    if (node.inputs[i] == kNoValue) {
      in.push_back({});
      continue;
    }
    const Value& value = graph.value(node.inputs[i]);
    if (inputs[i] == nullptr || inputs[i]->size() != value.type().CheckedBytes()) {
      return VERGE_ERROR(kInvalidArgument, "'" + value.name + "' is " + DTypeName(value.dtype) + ToString(value.shape) +
                                               "; the buffer given for it has another size");
    }
    // Kernels read inputs only; Tensor has no const form.
    in.push_back({value.type(), const_cast<std::byte*>(inputs[i]->data())});
  }
  std::vector<Tensor> out;
  std::vector<BufferPtr> results;
  for (const TensorType& type : types) {
    const std::shared_ptr<Buffer> buffer = Buffer::Allocate(*type.CheckedBytes());
    out.push_back({type, buffer->mutable_data()});
    results.push_back(buffer);
  }
  std::vector<std::unique_ptr<Subgraph>> subgraphs;
  std::vector<ops::SubgraphRunner*> runners;
  for (const uint32_t index : node.subgraphs) {
    subgraphs.push_back(std::make_unique<Subgraph>(graph.subgraphs[index]));
    runners.push_back(subgraphs.back().get());
  }
  const ops::Kernel& kernel = ops::ReferenceKernel(node.op);
  std::shared_ptr<Buffer> scratch;
  if (kernel.prepare != nullptr) {
    const std::vector<ops::InferInput> infer_inputs = InferInputs(graph, node);
    const CpuFeatures any_cpu;
    VERGE_TRY_ASSIGN(const ops::KernelNeeds needs, kernel.prepare({node.attrs, infer_inputs, types, any_cpu}));
    scratch = Buffer::Allocate(needs.scratch_bytes);
  }
  std::byte* const scratch_data = scratch == nullptr ? nullptr : scratch->mutable_data();
  kernel.run({.attrs = node.attrs, .inputs = in, .outputs = out, .scratch = scratch_data, .subgraphs = runners});
  for (const auto& subgraph : subgraphs) VERGE_TRY(subgraph->status());
  return results;
}

namespace {

// What each state holds as a run begins.
Result<std::vector<BufferPtr>> StatesNow(const Graph& graph, const std::vector<BufferPtr>* given) {
  if (given != nullptr && given->size() != graph.states.size()) {
    return VERGE_ERROR(kInvalidArgument, "the graph has " + std::to_string(graph.states.size()) +
                                             " states, given are " + std::to_string(given->size()));
  }
  std::vector<BufferPtr> now;
  for (size_t i = 0; i < graph.states.size(); ++i) {
    const State& state = graph.states[i];
    if (given != nullptr && (*given)[i] != nullptr) {
      now.push_back((*given)[i]);
    } else if (state.initial != kNoValue) {
      now.push_back(graph.value(state.initial).constant);
    } else {
      now.push_back(Buffer::Allocate(graph.value(state.input).type().CheckedBytes().value_or(0)));
    }
  }
  return now;
}

}  // namespace

Result<std::vector<BufferPtr>> Evaluate(const Graph& graph, std::span<const BufferPtr> inputs,
                                        std::vector<BufferPtr>* states) {
  if (inputs.size() != graph.inputs.size()) {
    return VERGE_ERROR(kInvalidArgument, "the graph has " + std::to_string(graph.inputs.size()) +
                                             " inputs, given are " + std::to_string(inputs.size()));
  }
  std::vector<BufferPtr> now(graph.values.size());
  std::vector<size_t> readers = CountReaders(graph);
  for (size_t i = 0; i < graph.values.size(); ++i) now[i] = graph.values[i].constant;
  for (size_t i = 0; i < inputs.size(); ++i) now[graph.inputs[i]] = inputs[i];
  VERGE_TRY_ASSIGN(const std::vector<BufferPtr> states_now, StatesNow(graph, states));
  for (size_t i = 0; i < graph.states.size(); ++i) now[graph.states[i].input] = states_now[i];
  for (const Node& node : graph.nodes) {
    std::vector<BufferPtr> in;
    for (const ValueId id : node.inputs) in.push_back(id == kNoValue ? nullptr : now[id]);
    VERGE_TRY_ASSIGN(const std::vector<BufferPtr> out, EvaluateNode(graph, node, in));
    for (size_t i = 0; i < out.size(); ++i) now[node.outputs[i]] = out[i];
    for (const ValueId id : node.inputs) {
      if (id != kNoValue && --readers[id] == 0) now[id] = nullptr;
    }
  }
  std::vector<BufferPtr> outputs;
  for (const ValueId id : graph.outputs) outputs.push_back(now[id]);
  for (size_t i = 0; states != nullptr && i < graph.states.size(); ++i) (*states)[i] = now[graph.states[i].output];
  return outputs;
}

}  // namespace verge::ir
