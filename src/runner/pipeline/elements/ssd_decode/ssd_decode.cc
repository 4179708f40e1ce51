// Raw outputs of a single-shot detector to objects. decode/ssd.h has the mathematics.
//
//   model          whose labels file names the classes (line 1: the background)
//   boxes, scores  names of the two tensors (default raw_outputs/box_encodings, raw_outputs/class_predictions)
//   min_score, max_overlap, max_objects
//   box_scale      [y, x, h, w] (default [10, 10, 5, 5])
//   anchors        {input: [w, h], strides, scales: [min, max], aspects, reduced_first_layer, interpolated_square}
#include "runner/decode/ssd.h"

#include <utility>

#include "runner/pipeline/element.h"
#include "runner/pipeline/services.h"

namespace verge::runner::pipeline {
namespace {

class SsdDecodeStage final : public Stage {
 public:
  SsdDecodeStage(SsdDecoder decoder, size_t boxes, size_t scores, QualityWatch* quality)
      : decoder_(std::move(decoder)), boxes_(boxes), scores_(scores), quality_(quality) {}

  Status Process(Packet packet, Outlet& out) override {
    packet.objects = decoder_.Decode(Floats(packet, boxes_), Floats(packet, scores_));
    packet.tensors = nullptr;
    if (quality_ != nullptr) VERGE_TRY(quality_->SeeObjects(packet.objects));
    out.Give(std::move(packet));
    return Status::Ok();
  }

 private:
  static std::span<const float> Floats(const Packet& packet, size_t index) {
    const media::Array& array = (*packet.tensors)[index].array;
    return {array.tensor().as<float>(), array.shape().elems()};
  }

  SsdDecoder decoder_;
  size_t boxes_;
  size_t scores_;
  QualityWatch* quality_;
};

Result<std::vector<double>> Numbers(yaml::Fields& f, std::string_view name, size_t min, size_t max,
                                    yaml::NumberRange range, std::vector<double> fallback) {
  const yaml::Node* node = f.Child(name);
  if (node == nullptr) return fallback;
  if (node->kind != yaml::Kind::kList || node->items.size() < min || node->items.size() > max) {
    return f.Expected(
        name, "a list of " + std::to_string(min) + (min == max ? "" : " to " + std::to_string(max)) + " numbers");
  }
  std::vector<double> out;
  for (const yaml::Node& item : node->items) {
    VERGE_TRY_ASSIGN(const double value, yaml::NumberOf(f.document(), item, f.PathOf(name), range));
    out.push_back(value);
  }
  return out;
}

Result<AnchorOptions> ReadAnchors(yaml::Fields& parent) {
  AnchorOptions a;
  const yaml::Node* node = parent.Child("anchors");
  if (node == nullptr) return a;
  VERGE_TRY_ASSIGN(yaml::Fields f, yaml::Fields::Of(parent.document(), *node, parent.PathOf("anchors")));
  VERGE_TRY_ASSIGN(const std::vector<double> input, Numbers(f, "input", 2, 2, {1, 4096}, {300, 300}));
  a.input_width = static_cast<int>(input[0]);
  a.input_height = static_cast<int>(input[1]);
  VERGE_TRY_ASSIGN(const std::vector<double> strides,
                   Numbers(f, "strides", 1, 16, {4, 4096}, {16, 32, 64, 128, 256, 512}));
  a.strides.assign(strides.begin(), strides.end());
  VERGE_TRY_ASSIGN(const std::vector<double> scales,
                   Numbers(f, "scales", 2, 2, {0.001, 10}, {a.min_scale, a.max_scale}));
  a.min_scale = scales[0];
  a.max_scale = scales[1];
  VERGE_TRY_ASSIGN(a.aspects, Numbers(f, "aspects", 1, 16, {0.01, 100}, a.aspects));
  VERGE_TRY_ASSIGN(a.has_reduced_first_layer, f.Bool("reduced_first_layer", true));
  VERGE_TRY_ASSIGN(a.has_interpolated_square, f.Bool("interpolated_square", true));
  VERGE_TRY(f.Done());
  return a;
}

Result<SsdOptions> ReadOptions(yaml::Fields& f) {
  SsdOptions o;
  VERGE_TRY_ASSIGN(const double min_score, f.Number("min_score", {.min = 0.01, .max = 1}, 0.3));
  VERGE_TRY_ASSIGN(const double max_overlap, f.Number("max_overlap", {.min = 0, .max = 1}, 0.6));
  VERGE_TRY_ASSIGN(const int64_t max_objects, f.Int("max_objects", {.min = 1, .max = 1000}, 100));
  VERGE_TRY_ASSIGN(const std::vector<double> scale, Numbers(f, "box_scale", 4, 4, {0.001, 1000}, {10, 10, 5, 5}));
  std::copy(scale.begin(), scale.end(), o.box_scale.begin());
  VERGE_TRY_ASSIGN(o.anchors, ReadAnchors(f));
  o.min_score = static_cast<float>(min_score);
  o.max_overlap = static_cast<float>(max_overlap);
  o.max_objects = static_cast<size_t>(max_objects);
  return o;
}

// The tensor that `field` names, which must be f32 with anchors x `per_anchor` values.
Result<size_t> FindTensor(yaml::Fields& f, std::string_view field, const std::string& fallback, const Port& port,
                          size_t anchors, size_t per_anchor) {
  VERGE_TRY_ASSIGN(const std::string name, f.String(field, fallback));
  std::string names;
  for (size_t i = 0; i < port.tensors.size(); ++i) {
    const TensorPort& tensor = port.tensors[i];
    names += (names.empty() ? "" : ", ") + tensor.name;
    if (tensor.name != name) continue;
    if (tensor.dtype == DType::kF32 && tensor.shape.elems() == anchors * per_anchor) return i;
    return f.Expected(field, "f32 with " + std::to_string(anchors) + " anchors x " + std::to_string(per_anchor) +
                                 " values; '" + name + "' is " + DTypeName(tensor.dtype) + " " +
                                 ToString(tensor.shape) + " (check anchors and labels)");
  }
  return f.Expected(field, "one of the tensors " + names);
}

Result<Made> MakeSsdDecode(MakeArgs& args) {
  yaml::Fields& f = args.fields;
  VERGE_TRY_ASSIGN(const std::string model, f.String("model"));
  if (args.services.app.FindModel(model) == nullptr) return f.Expected("model", "the name of a model in app.yaml");
  Result<std::vector<std::string>> labels = args.services.models.Labels(model);
  if (!labels.ok()) return std::move(labels).status().WithContext(f.PlaceOf("model"));
  VERGE_TRY_ASSIGN(SsdOptions options, ReadOptions(f));
  SsdDecoder decoder(std::move(options), *std::move(labels));
  const size_t anchors = decoder.anchors().size();
  VERGE_TRY_ASSIGN(const size_t boxes, FindTensor(f, "boxes", "raw_outputs/box_encodings", args.input(), anchors, 4));
  VERGE_TRY_ASSIGN(const size_t scores, FindTensor(f, "scores", "raw_outputs/class_predictions", args.input(), anchors,
                                                   decoder.class_count()));
  Made made;
  made.stage = std::make_unique<SsdDecodeStage>(std::move(decoder), boxes, scores, args.services.quality);
  made.output = Port::Of(PortKind::kObjects);
  return made;
}

}  // namespace

ElementType SsdDecodeElement() {
  return {"ssd_decode", "raw outputs of a single-shot detector to objects", {PortKind::kTensors}, MakeSsdDecode};
}

}  // namespace verge::runner::pipeline
