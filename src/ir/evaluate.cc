#include "ir/evaluate.h"

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
  return readers;
}

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
  ops::ReferenceKernel(node.op).run({node.attrs, in, out});
  return results;
}

Result<std::vector<BufferPtr>> Evaluate(const Graph& graph, std::span<const BufferPtr> inputs) {
  if (inputs.size() != graph.inputs.size()) {
    return VERGE_ERROR(kInvalidArgument, "the graph has " + std::to_string(graph.inputs.size()) +
                                             " inputs, given are " + std::to_string(inputs.size()));
  }
  std::vector<BufferPtr> now(graph.values.size());
  std::vector<size_t> readers = CountReaders(graph);
  for (size_t i = 0; i < graph.values.size(); ++i) now[i] = graph.values[i].constant;
  for (size_t i = 0; i < inputs.size(); ++i) now[graph.inputs[i]] = inputs[i];
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
  return outputs;
}

}  // namespace verge::ir
