// Runs a model: its inputs are tensors of these names, its outputs become the packet's tensors.
//
//   model    which one
#include <cstring>
#include <map>
#include <memory>

#include "runner/pipeline/element.h"
#include "runner/pipeline/services.h"

namespace verge::runner::pipeline {
namespace {

class InferStage final : public Stage {
 public:
  // sources[i] is the index of the packet's tensor that feeds input i.
  InferStage(std::string model, runtime::Session session, std::vector<size_t> sources, const Services& services)
      : model_(std::move(model)),
        session_(std::move(session)),
        sources_(std::move(sources)),
        tap_(services.tap),
        quality_(services.quality) {}

  Status Process(Packet packet, Outlet& out) override {
    for (size_t i = 0; i < sources_.size(); ++i) {
      const auto bytes = (*packet.tensors)[sources_[i]].array.bytes();
      std::memcpy(session_.input(i).data, bytes.data(), bytes.size());
    }
    if (tap_ != nullptr) VERGE_TRY(tap_->See(model_, session_));
    if (quality_ != nullptr) VERGE_TRY(quality_->SeeInputs(model_, session_));
    session_.Run();
    if (quality_ != nullptr) VERGE_TRY(quality_->SeeOutputs(model_, session_));
    auto outputs = std::make_shared<std::vector<NamedArray>>();
    for (size_t i = 0; i < session_.model().outputs().size(); ++i) {
      const Tensor& tensor = session_.output(i);
      VERGE_TRY_ASSIGN(media::Array array, media::Array::Allocate(tensor.dtype(), tensor.shape()));
      std::memcpy(array.bytes().data(), tensor.data, array.bytes().size());
      outputs->push_back({std::string(session_.model().outputs()[i].name), std::move(array)});
    }
    packet.tensors = std::move(outputs);
    out.Give(std::move(packet));
    return Status::Ok();
  }

 private:
  std::string model_;
  runtime::Session session_;
  std::vector<size_t> sources_;
  InputTap* tap_;
  QualityWatch* quality_;
};

// Index of the given tensor that feeds `input`.
Result<size_t> FindSource(yaml::Fields& f, const Port& given, const TensorPort& input) {
  std::string names;
  for (size_t i = 0; i < given.tensors.size(); ++i) {
    const TensorPort& port = given.tensors[i];
    if (port.name == input.name && port.dtype == input.dtype && port.shape == input.shape) return i;
    names += (names.empty() ? "" : ", ") + port.name + " " + DTypeName(port.dtype) + " " + ToString(port.shape);
  }
  return f.Expected("from", "the model's input " + input.name + " " + DTypeName(input.dtype) + " " +
                                ToString(input.shape) + " among the tensors it gives (" + names + ")");
}

// Of a model with open sizes: the shapes of the tensors that feed it.
Result<std::map<std::string, Shape>> OpenShapes(const std::string& name, const Port& given, ModelStore& models) {
  VERGE_TRY_ASSIGN(const std::shared_ptr<const runtime::Model> model, models.Get(name));
  std::map<std::string, Shape> shapes;
  if (model->tables().dynamics.symbols.empty()) return shapes;
  for (const TensorPort& port : given.tensors) {
    if (model->FindInput(port.name).ok()) shapes[port.name] = port.shape;
  }
  return shapes;
}

Result<runtime::Session> NewSession(const std::string& name, const Port& given, ModelStore& models) {
  VERGE_TRY_ASSIGN(const auto shapes, OpenShapes(name, given, models));
  return models.NewSession(name, shapes);
}

Result<Made> MakeInfer(MakeArgs& args) {
  yaml::Fields& f = args.fields;
  VERGE_TRY_ASSIGN(const std::string name, f.String("model"));
  if (args.services.app.FindModel(name) == nullptr) return f.Expected("model", "the name of a model in app.yaml");
  Result<runtime::Session> session = NewSession(name, args.input(), args.services.models);
  if (!session.ok()) return std::move(session).status().WithContext(f.PlaceOf("model"));
  std::vector<size_t> sources;
  for (const TensorPort& input : PortsOf(session->model().inputs())) {
    VERGE_TRY_ASSIGN(const size_t source, FindSource(f, args.input(), input));
    sources.push_back(source);
  }
  Made made;
  made.output = Port{PortKind::kTensors, PortsOf(session->model().outputs()), {}, 0};
  made.stage = std::make_unique<InferStage>(name, *std::move(session), std::move(sources), args.services);
  return made;
}

}  // namespace

ElementType InferElement() { return {"infer", "runs a model", {PortKind::kTensors}, MakeInfer}; }

}  // namespace verge::runner::pipeline
