// Frames to the input tensor of a model: bilinear resize of the whole picture, values mapped to a range.
//
//   model    whose input it makes
//   input    which one, when the model has several
//   range    [lo, hi] that 0..255 becomes (default [-1, 1])
#include "media/image.h"
#include "runner/pipeline/element.h"
#include "runner/pipeline/services.h"

namespace verge::runner::pipeline {
namespace {

class ResizeStage final : public Stage {
 public:
  ResizeStage(TensorPort port, media::Normalization normalization)
      : port_(std::move(port)), normalization_(normalization) {}

  Status Process(Packet packet, Outlet& out) override {
    VERGE_TRY_ASSIGN(media::Array array, media::Array::Allocate(port_.dtype, port_.shape));
    VERGE_TRY(media::ImageToTensor(packet.image->view(), normalization_, array.tensor()));
    auto tensors = std::make_shared<std::vector<NamedArray>>();
    tensors->push_back({port_.name, std::move(array)});
    packet.tensors = std::move(tensors);
    out.Give(std::move(packet));
    return Status::Ok();
  }

 private:
  TensorPort port_;
  media::Normalization normalization_;
};

Result<media::Normalization> ReadRange(yaml::Fields& f) {
  const yaml::Node* node = f.Child("range");
  if (node == nullptr) return media::Normalization::Range(-1, 1);
  if (node->kind != yaml::Kind::kList || node->items.size() != 2) return f.Expected("range", "[lo, hi]");
  const yaml::NumberRange any{-1e6, 1e6};
  VERGE_TRY_ASSIGN(const double lo, yaml::NumberOf(f.document(), node->items[0], f.PathOf("range"), any));
  VERGE_TRY_ASSIGN(const double hi, yaml::NumberOf(f.document(), node->items[1], f.PathOf("range"), any));
  if (!(lo < hi)) return f.Expected("range", "[lo, hi] with lo < hi");
  return media::Normalization::Range(static_cast<float>(lo), static_cast<float>(hi));
}

Result<TensorPort> ChooseInput(yaml::Fields& f, const runtime::Model& model) {
  const std::vector<TensorPort> inputs = PortsOf(model.inputs());
  std::string names;
  for (const TensorPort& port : inputs) names += (names.empty() ? "" : ", ") + port.name;
  VERGE_TRY_ASSIGN(const std::string wanted, f.String("input", inputs.size() == 1 ? inputs[0].name : ""));
  for (const TensorPort& port : inputs) {
    if (port.name == wanted) return port;
  }
  return f.Expected("input", "one of the model's inputs: " + names);
}

Result<Made> MakeResize(MakeArgs& args) {
  yaml::Fields& f = args.fields;
  VERGE_TRY_ASSIGN(const std::string name, f.String("model"));
  if (args.services.app.FindModel(name) == nullptr) return f.Expected("model", "the name of a model in app.yaml");
  auto model = args.services.models.Get(name);
  if (!model.ok()) return std::move(model).status().WithContext(f.PlaceOf("model"));
  VERGE_TRY_ASSIGN(TensorPort port, ChooseInput(f, **model));
  VERGE_TRY_ASSIGN(const media::Normalization normalization, ReadRange(f));
  const Shape& shape = port.shape;
  if (shape.rank() != 4 || shape[0] != 1 || shape[3] != 3) {
    return f.Expected("model", "a model whose input '" + port.name + "' is [1, H, W, 3], not " + ToString(shape));
  }
  Made made;
  made.output = Port{PortKind::kTensors, {port}, {}, 0};
  made.stage = std::make_unique<ResizeStage>(std::move(port), normalization);
  return made;
}

}  // namespace

ElementType ResizeElement() { return {"resize", "frames to a model's input tensor", {PortKind::kFrames}, MakeResize}; }

}  // namespace verge::runner::pipeline
