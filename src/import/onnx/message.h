// Reads a protobuf message within limits. Internal to the files that know protobuf.
#pragma once

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/stubs/logging.h>

#include <climits>
#include <cstddef>
#include <span>
#include <string>

#include "base/status.h"
#include "import/onnx/model.h"

namespace verge::onnx {

// Parses any message within the limits.
template <typename Message>
Status ParseMessage(std::span<const std::byte> file, const ParseLimits& limits, const char* what, Message& message) {
  if (file.size() > limits.max_file_bytes) return VERGE_ERROR(kResourceExhausted, "the file is larger than 2 GiB");
  google::protobuf::io::CodedInputStream stream(reinterpret_cast<const uint8_t*>(file.data()),
                                                static_cast<int>(file.size()));
  const google::protobuf::LogSilencer silencer;  // what is wrong is said in the Status
  stream.SetRecursionLimit(limits.max_depth);
  stream.SetTotalBytesLimit(INT_MAX);
  if (!message.ParseFromCodedStream(&stream) || !stream.ConsumedEntireMessage()) {
    return VERGE_ERROR(kDataLoss, "the bytes are no " + std::string(what));
  }
  return Status::Ok();
}

}  // namespace verge::onnx
