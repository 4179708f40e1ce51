// Samples to the input tensor of a model: one row is one run.
//
//   model      whose input it makes: f32 with as many values as there are channels
//   input      which one, when the model has several
//   channels   those of the samples that the model wants, in its order (default: all, in theirs)
//   missing    what a row with a missing value becomes: pass (default: the model sees NaN, as trees want it), drop
#include <algorithm>
#include <cmath>

#include "runner/pipeline/element.h"
#include "runner/pipeline/services.h"

namespace verge::runner::pipeline {
namespace {

class FeaturesStage final : public Stage {
 public:
  FeaturesStage(TensorPort port, std::vector<size_t> columns, size_t width, bool drops_missing)
      : port_(std::move(port)), columns_(std::move(columns)), width_(width), drops_missing_(drops_missing) {}

  Status Process(Packet packet, Outlet& out) override {
    const std::shared_ptr<const Samples> samples = packet.samples;
    for (size_t row = 0; row < samples->rows(); ++row) {
      VERGE_TRY_ASSIGN(media::Array array, media::Array::Allocate(port_.dtype, port_.shape));
      float* const to = array.tensor().as<float>();
      bool is_whole = true;
      for (size_t i = 0; i < columns_.size(); ++i) {
        to[i] = static_cast<float>(samples->values[row * width_ + columns_[i]]);
        is_whole = is_whole && !std::isnan(to[i]);
      }
      if (!is_whole && drops_missing_) continue;
      auto tensors = std::make_shared<std::vector<NamedArray>>();
      tensors->push_back({port_.name, std::move(array)});
      Packet made = packet;
      made.samples = nullptr;
      made.tensors = std::move(tensors);
      out.Give(std::move(made));
    }
    return Status::Ok();
  }

 private:
  TensorPort port_;
  std::vector<size_t> columns_;
  size_t width_;
  bool drops_missing_;
};

Result<std::vector<size_t>> ReadColumns(yaml::Fields& f, const std::vector<std::string>& channels) {
  std::vector<size_t> columns;
  const yaml::Node* node = f.Child("channels");
  if (node == nullptr) {
    for (size_t i = 0; i < channels.size(); ++i) columns.push_back(i);
    return columns;
  }
  if (node->kind != yaml::Kind::kList || node->items.empty()) return f.Expected("channels", "a list of channels");
  std::string known;
  for (const std::string& channel : channels) known += (known.empty() ? "" : ", ") + channel;
  for (const yaml::Node& item : node->items) {
    VERGE_TRY_ASSIGN(const std::string name, yaml::StringOf(f.document(), item, f.PathOf("channels")));
    const auto found = std::find(channels.begin(), channels.end(), name);
    if (found == channels.end())
      return yaml::ExpectedError(f.document(), item, f.PathOf("channels"), "channels of the samples: " + known);
    columns.push_back(static_cast<size_t>(found - channels.begin()));
  }
  return columns;
}

Result<Made> MakeFeatures(MakeArgs& args) {
  yaml::Fields& f = args.fields;
  VERGE_TRY_ASSIGN(const std::string name, f.String("model"));
  if (args.services.app.FindModel(name) == nullptr) return f.Expected("model", "the name of a model in app.yaml");
  auto model = args.services.models.Get(name);
  if (!model.ok()) return std::move(model).status().WithContext(f.PlaceOf("model"));
  const std::vector<TensorPort> inputs = PortsOf((*model)->inputs());
  std::string names;
  for (const TensorPort& port : inputs) names += (names.empty() ? "" : ", ") + port.name;
  VERGE_TRY_ASSIGN(const std::string wanted, f.String("input", inputs.size() == 1 ? inputs[0].name : ""));
  const auto input = std::find_if(inputs.begin(), inputs.end(), [&](const TensorPort& p) { return p.name == wanted; });
  if (input == inputs.end()) return f.Expected("input", "one of the model's inputs: " + names);
  VERGE_TRY_ASSIGN(std::vector<size_t> columns, ReadColumns(f, args.input().channels));
  VERGE_TRY_ASSIGN(const std::string missing, f.Choice("missing", {"pass", "drop"}, "pass"));
  if (input->dtype != DType::kF32 || input->shape.elems() != columns.size()) {
    return f.Expected("channels", "as many as the model's input '" + input->name + "' has f32 values; it is " +
                                      DTypeName(input->dtype) + " " + ToString(input->shape) + ", these are " +
                                      std::to_string(columns.size()));
  }
  Made made;
  made.output = Port{PortKind::kTensors, {*input}, {}, 0};
  made.stage =
      std::make_unique<FeaturesStage>(*input, std::move(columns), args.input().channels.size(), missing == "drop");
  return made;
}

}  // namespace

ElementType FeaturesElement() {
  return {"features", "rows of samples to a model's input tensor", {PortKind::kSamples}, MakeFeatures};
}

}  // namespace verge::runner::pipeline
