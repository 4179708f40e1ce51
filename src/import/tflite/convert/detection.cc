// Operators that choose boxes.
#include "import/tflite/convert/tables.h"
#include "import/tflite/flex_options.h"
#include "ops/dequantize/dequantize.h"
#include "ops/detection_postprocess/detection_postprocess.h"
#include "ops/nms_padded/nms_padded.h"

namespace verge::tflite {
namespace {

using schema::BuiltinOperator;

float OneFloat(OperatorContext& c, size_t i, const char* what) {
  const std::vector<double> values = c.b.Floats(c.In(i), what);
  if (values.size() == 1) return static_cast<float>(values[0]);
  c.Invalid(std::string(what) + " wants one number");
  return 0;
}

// V4 gives indices and their number; V5 also the scores, as soft suppression leaves them.
void NonMaxSuppression(OperatorContext& c, bool has_scores) {
  ops::NmsPaddedAttrs attrs;
  attrs.max_output = c.Int(2, "the number of boxes to take");
  attrs.iou_threshold = OneFloat(c, 3, "the overlap threshold");
  attrs.score_threshold = OneFloat(c, 4, "the score threshold");
  if (has_scores) attrs.sigma = OneFloat(c, 5, "the sigma of soft suppression");
  const std::vector<ValueId> all = c.b.Ops(ops::ids::kNmsPadded, attrs, {c.In(0), c.In(1)}, 3);
  c.Out(0, all[0]);
  if (has_scores) c.Out(1, all[1]);
  c.Out(has_scores ? 2 : 1, all[2]);
}
void NonMaxSuppressionV4(OperatorContext& c) { NonMaxSuppression(c, false); }
void NonMaxSuppressionV5(OperatorContext& c) { NonMaxSuppression(c, true); }

// Quantised inputs are made real first: the operator computes with real numbers inside.
ValueId Real(OperatorContext& c, size_t i) {
  const ValueId x = c.In(i);
  if (c.b.dtype(x) == DType::kF32) return x;
  return c.b.Op(ops::ids::kDequantize, ops::DequantizeAttrs{}, {x});
}

void DetectionPostProcess(OperatorContext& c) {
  const FlexOptions options(c);
  ops::DetectionPostprocessAttrs attrs;
  attrs.max_detections = options.Int("max_detections");
  attrs.max_classes = options.Int("max_classes_per_detection");
  attrs.per_class = options.Int("detections_per_class", 100);
  attrs.classes = options.Int("num_classes");
  attrs.regular = options.Int("use_regular_nms", 0) != 0;
  attrs.score_threshold = options.Float("nms_score_threshold");
  attrs.iou_threshold = options.Float("nms_iou_threshold");
  attrs.y_scale = options.Float("y_scale");
  attrs.x_scale = options.Float("x_scale");
  attrs.h_scale = options.Float("h_scale");
  attrs.w_scale = options.Float("w_scale");
  const std::vector<ValueId> inputs = {Real(c, 0), Real(c, 1), Real(c, 2)};
  const std::vector<ValueId> all = c.b.Ops(ops::ids::kDetectionPostprocess, attrs, inputs, 4);
  for (size_t i = 0; i < all.size(); ++i) c.Out(i, all[i]);
}

constexpr Converter kTable[] = {
    {BuiltinOperator::NON_MAX_SUPPRESSION_V4, NonMaxSuppressionV4},
    {BuiltinOperator::NON_MAX_SUPPRESSION_V5, NonMaxSuppressionV5},
    {BuiltinOperator::CUSTOM, DetectionPostProcess, Quantised::kAny, false, nullptr, "TFLite_Detection_PostProcess"},
};

}  // namespace

std::span<const Converter> DetectionConverters() { return kTable; }

}  // namespace verge::tflite
