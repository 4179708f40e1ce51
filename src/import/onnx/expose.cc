#include "import/onnx/expose.h"

#include <onnx/onnx-data_pb.h>
#include <onnx/onnx_pb.h>

#include <set>

#include "import/onnx/message.h"

namespace verge::onnx {

Result<ExposedModel> ExposeValues(std::span<const std::byte> file, const ParseLimits& limits) {
  ::onnx::ModelProto model;
  VERGE_TRY(ParseMessage(file, limits, "ONNX model", model));
  if (!model.has_graph()) return VERGE_ERROR(kDataLoss, "the bytes are no ONNX model: there is no graph");
  ::onnx::GraphProto& graph = *model.mutable_graph();
  if (static_cast<size_t>(graph.node_size()) > limits.max_nodes) {
    return VERGE_ERROR(kResourceExhausted, "the model has too many nodes");
  }
  ExposedModel exposed;
  for (const auto& output : graph.output()) exposed.outputs.push_back(output.name());
  std::set<std::string> outputs(exposed.outputs.begin(), exposed.outputs.end());
  for (const auto& node : graph.node()) {
    for (const std::string& name : node.output()) {
      if (name.empty()) continue;  // an output that nobody wants
      exposed.values.push_back({name, node.name(), node.op_type()});
      if (outputs.insert(name).second) graph.add_output()->set_name(name);
    }
  }
  if (!model.SerializeToString(&exposed.bytes)) {
    return VERGE_ERROR(kResourceExhausted, "the model is larger than 2 GiB with its values as outputs");
  }
  return exposed;
}

}  // namespace verge::onnx
