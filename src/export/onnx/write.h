// A finished model as the bytes of an .onnx file. The only place of the exporter that knows protobuf.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "export/onnx/export.h"
#include "export/onnx/model.h"

namespace verge::to_onnx {

// Deterministic. kResourceExhausted when the model is larger than a file may be and no external file was allowed.
Result<OnnxFile> Write(const ModelDef& model, const ExportOptions& options);

}  // namespace verge::to_onnx
