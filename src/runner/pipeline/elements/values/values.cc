// What a model says as samples, for rules: one run is one row.
//
//   tensor     which output (default: the only one); f32
//   channels   names for its values, in order; or {name: index} for some of them
//   apply      none (default), sigmoid of each, or softmax over all
#include <algorithm>
#include <cmath>

#include "runner/pipeline/element.h"
#include "runner/pipeline/services.h"

namespace verge::runner::pipeline {
namespace {

void Softmax(std::vector<double>& values) {
  const double largest = *std::max_element(values.begin(), values.end());
  double sum = 0;
  for (double& value : values) sum += value = std::exp(value - largest);
  for (double& value : values) value /= sum;
}

enum class Apply { kNone, kSigmoid, kSoftmax };

class ValuesStage final : public Stage {
 public:
  ValuesStage(size_t tensor, std::vector<size_t> indices, Apply apply)
      : tensor_(tensor), indices_(std::move(indices)), apply_(apply) {}

  Status Process(Packet packet, Outlet& out) override {
    const media::Array& array = (*packet.tensors)[tensor_].array;
    const float* const from = array.tensor().as<float>();
    std::vector<double> all(from, from + array.shape().elems());
    if (apply_ == Apply::kSoftmax) Softmax(all);
    if (apply_ == Apply::kSigmoid) {
      for (double& value : all) value = 1 / (1 + std::exp(-value));
    }
    Samples samples{{packet.media_us}, {}};
    for (const size_t index : indices_) samples.values.push_back(all[index]);
    packet.tensors = nullptr;
    packet.samples = std::make_shared<const Samples>(std::move(samples));
    out.Give(std::move(packet));
    return Status::Ok();
  }

 private:
  size_t tensor_;
  std::vector<size_t> indices_;
  Apply apply_;
};

// Fills names and indices from `channels`.
Status ReadChannels(yaml::Fields& f, size_t elems, std::vector<std::string>& names, std::vector<size_t>& indices) {
  VERGE_TRY_ASSIGN(const yaml::Node* node, f.Required("channels", "a list of names"));
  if (node->kind == yaml::Kind::kMap && !node->fields.empty()) {
    for (const auto& [name, item] : node->fields) {
      const yaml::NumberRange range{0, static_cast<double>(elems) - 1};
      VERGE_TRY_ASSIGN(const double index, yaml::NumberOf(f.document(), item, f.PathOf("channels." + name), range));
      names.push_back(name);
      indices.push_back(static_cast<size_t>(index));
    }
    return Status::Ok();
  }
  if (node->kind != yaml::Kind::kList || node->items.size() != elems)
    return f.Expected("channels", "a list of " + std::to_string(elems) + " names, or a map of names and indices");
  for (size_t i = 0; i < elems; ++i) {
    VERGE_TRY_ASSIGN(std::string name, yaml::StringOf(f.document(), node->items[i], f.PathOf("channels")));
    names.push_back(std::move(name));
    indices.push_back(i);
  }
  return Status::Ok();
}

Result<Made> MakeValues(MakeArgs& args) {
  yaml::Fields& f = args.fields;
  const std::vector<TensorPort>& tensors = args.input().tensors;
  std::string known;
  for (const TensorPort& tensor : tensors) known += (known.empty() ? "" : ", ") + tensor.name;
  VERGE_TRY_ASSIGN(const std::string name, f.String("tensor", tensors.size() == 1 ? tensors[0].name : ""));
  const auto found = std::find_if(tensors.begin(), tensors.end(), [&](const TensorPort& t) { return t.name == name; });
  if (found == tensors.end()) return f.Expected("tensor", "one of the tensors " + known);
  if (found->dtype != DType::kF32 || found->shape.elems() == 0)
    return f.Expected("tensor",
                      "an f32 tensor; '" + name + "' is " + DTypeName(found->dtype) + " " + ToString(found->shape));
  Made made;
  made.output = Port::Of(PortKind::kSamples);
  std::vector<size_t> indices;
  VERGE_TRY(ReadChannels(f, found->shape.elems(), made.output->channels, indices));
  VERGE_TRY_ASSIGN(const std::string apply, f.Choice("apply", {"none", "sigmoid", "softmax"}, "none"));
  made.stage = std::make_unique<ValuesStage>(static_cast<size_t>(found - tensors.begin()), std::move(indices),
                                             apply == "sigmoid"   ? Apply::kSigmoid
                                             : apply == "softmax" ? Apply::kSoftmax
                                                                  : Apply::kNone);
  return made;
}

}  // namespace

ElementType ValuesElement() { return {"values", "what a model says, as samples", {PortKind::kTensors}, MakeValues}; }

}  // namespace verge::runner::pipeline
