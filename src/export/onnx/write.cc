#include "export/onnx/write.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <onnx/onnx_pb.h>

#include "base/checked.h"
#include "export/onnx/emitter.h"

namespace verge::to_onnx {
namespace {

// Weights below this size stay in the model.
constexpr size_t kInlineBytes = 1024;

int64_t IrVersion(int opset) {
  if (opset <= 14) return 7;
  if (opset <= 18) return 8;
  return opset <= 20 ? 9 : 10;
}

void SetType(const TensorDef& tensor, onnx::ValueInfoProto& info) {
  info.set_name(tensor.name);
  onnx::TypeProto::Tensor& type = *info.mutable_type()->mutable_tensor_type();
  type.set_elem_type(static_cast<int32_t>(OnnxType(tensor.dtype)));
  onnx::TensorShapeProto& shape = *type.mutable_shape();
  for (int d = 0; d < tensor.shape.rank(); ++d) {
    if (tensor.shape[d] >= 0) {
      shape.add_dim()->set_dim_value(tensor.shape[d]);
    } else {
      shape.add_dim()->set_dim_param(tensor.name + "." + std::to_string(d));
    }
  }
}

// Nodes, the types of what they make as far as they are known, and bodies inside of them.
class GraphWriter {
 public:
  explicit GraphWriter(const ModelDef& model) : model_(model), is_border_(model.tensors.size(), false) {
    for (const TensorId id : model.outputs) is_border_[static_cast<size_t>(id)] = true;
  }

  void WriteNodes(const std::vector<NodeDef>& nodes, onnx::GraphProto& graph) const {
    for (const NodeDef& node : nodes) {
      onnx::NodeProto& to = *graph.add_node();
      to.set_op_type(node.op);
      to.set_name(node.name);
      for (const TensorId id : node.inputs) to.add_input(id == kNoTensor ? std::string() : At(id).name);
      for (const TensorId id : node.outputs) {
        to.add_output(At(id).name);
        if (At(id).has_type && !is_border_[static_cast<size_t>(id)]) SetType(At(id), *graph.add_value_info());
      }
      for (const Attr& attr : node.attrs) {
        onnx::AttributeProto& attribute = *to.add_attribute();
        attribute.set_name(attr.name);
        std::visit([&](const auto& value) { Set(value, attribute); }, attr.value);
      }
    }
  }

 private:
  const TensorDef& At(TensorId id) const { return model_.tensors[static_cast<size_t>(id)]; }

  static void Set(int64_t v, onnx::AttributeProto& to) {
    to.set_type(onnx::AttributeProto::INT);
    to.set_i(v);
  }
  static void Set(float v, onnx::AttributeProto& to) {
    to.set_type(onnx::AttributeProto::FLOAT);
    to.set_f(v);
  }
  static void Set(const std::string& v, onnx::AttributeProto& to) {
    to.set_type(onnx::AttributeProto::STRING);
    to.set_s(v);
  }
  static void Set(const std::vector<int64_t>& v, onnx::AttributeProto& to) {
    to.set_type(onnx::AttributeProto::INTS);
    for (const int64_t i : v) to.add_ints(i);
  }
  static void Set(const std::vector<float>& v, onnx::AttributeProto& to) {
    to.set_type(onnx::AttributeProto::FLOATS);
    for (const float f : v) to.add_floats(f);
  }
  static void Set(const std::vector<std::string>& v, onnx::AttributeProto& to) {
    to.set_type(onnx::AttributeProto::STRINGS);
    for (const std::string& s : v) to.add_strings(s);
  }
  void Set(const std::shared_ptr<BodyDef>& body, onnx::AttributeProto& to) const {
    to.set_type(onnx::AttributeProto::GRAPH);
    onnx::GraphProto& graph = *to.mutable_g();
    graph.set_name(body->name);
    for (const TensorId id : body->inputs) SetType(At(id), *graph.add_input());
    WriteNodes(body->nodes, graph);
    for (const TensorId id : body->outputs) graph.add_output()->set_name(At(id).name);
  }

  const ModelDef& model_;
  std::vector<bool> is_border_;
};

class Writer {
 public:
  Writer(const ModelDef& model, const ExportOptions& options) : model_(model), options_(options) {}

  Result<OnnxFile> Run() {
    proto_.set_ir_version(IrVersion(model_.opset));
    proto_.set_producer_name("verge");
    proto_.add_opset_import()->set_version(model_.opset);
    for (const auto& [key, text] : model_.metadata) {
      onnx::StringStringEntryProto& entry = *proto_.add_metadata_props();
      entry.set_key(key);
      entry.set_value(text);
    }
    onnx::GraphProto& graph = *proto_.mutable_graph();
    graph.set_name(model_.name.empty() ? "model" : model_.name);
    GraphWriter(model_).WriteNodes(model_.nodes, graph);
    for (const TensorId id : model_.inputs) SetType(At(id), *graph.add_input());
    for (const TensorId id : model_.outputs) SetType(At(id), *graph.add_output());
    VERGE_TRY(WriteWeights(graph));
    VERGE_TRY(Serialise());
    file_.opset = model_.opset;
    file_.nodes = model_.nodes.size();
    return std::move(file_);
  }

 private:
  const TensorDef& At(TensorId id) const { return model_.tensors[static_cast<size_t>(id)]; }

  // Whether everything fits into one file; the overhead of names is small against the margin.
  bool WeightsFit() const {
    size_t total = proto_.ByteSizeLong();
    for (const TensorDef& tensor : model_.tensors) {
      if (tensor.data != nullptr) total += tensor.data->size() + tensor.name.size() + 64;
    }
    return total <= options_.max_file_bytes;
  }

  Status WriteWeights(onnx::GraphProto& graph) {
    const bool fit = WeightsFit();
    if (!fit && options_.weights_name.empty()) {
      return VERGE_ERROR(kResourceExhausted, "the model is larger than " + std::to_string(options_.max_file_bytes) +
                                                 " bytes; its weights want a file of their own");
    }
    uint64_t offset = 0;
    for (const TensorDef& tensor : model_.tensors) {
      if (tensor.data == nullptr) continue;
      onnx::TensorProto& to = *graph.add_initializer();
      to.set_name(tensor.name);
      to.set_data_type(static_cast<int32_t>(OnnxType(tensor.dtype)));
      for (const int64_t d : tensor.shape.dims()) to.add_dims(d);
      const size_t bytes = tensor.shape.elems() * DTypeBytes(tensor.dtype);
      if (fit || bytes < kInlineBytes) {
        to.set_raw_data(tensor.data->data(), bytes);
        continue;
      }
      to.set_data_location(onnx::TensorProto::EXTERNAL);
      AddEntry(to, "location", options_.weights_name);
      AddEntry(to, "offset", std::to_string(offset));
      AddEntry(to, "length", std::to_string(bytes));
      file_.weights.push_back(tensor.data);
      offset = (offset + bytes + kWeightsAlignment - 1) / kWeightsAlignment * kWeightsAlignment;
    }
    return Status::Ok();
  }

  static void AddEntry(onnx::TensorProto& tensor, const char* key, const std::string& value) {
    onnx::StringStringEntryProto& entry = *tensor.add_external_data();
    entry.set_key(key);
    entry.set_value(value);
  }

  Status Serialise() {
    google::protobuf::io::StringOutputStream stream(&file_.model);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    if (proto_.SerializeToCodedStream(&coded)) return Status::Ok();
    return VERGE_ERROR(kResourceExhausted, "the model is too large for one ONNX file");
  }

  const ModelDef& model_;
  const ExportOptions& options_;
  onnx::ModelProto proto_;
  OnnxFile file_;
};

}  // namespace

Result<OnnxFile> Write(const ModelDef& model, const ExportOptions& options) { return Writer(model, options).Run(); }

}  // namespace verge::to_onnx
