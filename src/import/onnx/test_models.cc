#include "import/onnx/test_models.h"

#include <google/protobuf/text_format.h>
#include <onnx/onnx_pb.h>

namespace verge::onnx {

std::string ModelBytes(const char* text) {
  ::onnx::ModelProto model;
  if (!google::protobuf::TextFormat::ParseFromString(text, &model)) return "";
  return model.SerializeAsString();
}

std::string TensorBytes(const char* text) {
  ::onnx::TensorProto tensor;
  if (!google::protobuf::TextFormat::ParseFromString(text, &tensor)) return "";
  return tensor.SerializeAsString();
}

}  // namespace verge::onnx
