#include "runner/model/model_store.h"

#include <algorithm>

#include "format/model/model.h"
#include "sys/file/file.h"
#include "sys/file/mapped_file.h"

namespace verge::runner {

Result<std::shared_ptr<const runtime::Model>> ModelStore::Load(const app::Model& description) const {
  if (!description.file.ends_with(".vg")) {
    return VERGE_ERROR(kInvalidArgument, "is no .vg file; `verge pack` makes one of it, or `verge import " +
                                             description.file + " -o MODEL.vg`");
  }
  VERGE_TRY_ASSIGN(sys::MappedFile mapped, sys::MappedFile::Open(sys::JoinPath(dir_, description.file)));
  // Shared, because the model keeps the file mapped as long as any session lives.
  auto file = std::make_shared<const sys::MappedFile>(std::move(mapped));
  runtime::LoadOptions options;
  options.threads = app_.limits.threads;
  options.max_memory_bytes = static_cast<size_t>(app_.limits.memory_mb) << 20;
  options.unread = [mapping = file.get()](std::span<const std::byte> part) { mapping->Drop(part); };
  VERGE_TRY_ASSIGN(format::VerifiedModel verified,
                   format::VerifiedModel::Verify(file->bytes(), file, {.max_decoded_bytes = options.max_memory_bytes}));
  return runtime::Model::Load(std::move(verified), options);
}

Result<std::shared_ptr<const runtime::Model>> ModelStore::Get(const std::string& name) {
  const auto found = loaded_.find(name);
  if (found != loaded_.end()) return found->second;
  const app::Model* description = app_.FindModel(name);
  if (description == nullptr) return VERGE_ERROR(kNotFound, "app.yaml has no model '" + name + "'");
  Result<std::shared_ptr<const runtime::Model>> model = Load(*description);
  if (!model.ok()) return std::move(model).status().WithContext("model '" + name + "' (" + description->file + ")");
  return loaded_.emplace(name, *std::move(model)).first->second;
}

Result<runtime::Session> ModelStore::NewSession(const std::string& name, const std::map<std::string, Shape>& shapes) {
  VERGE_TRY_ASSIGN(std::shared_ptr<const runtime::Model> model, Get(name));
  VERGE_TRY_ASSIGN(model, runtime::Model::ForShapes(model, shapes));
  if (app_.limits.threads > 1 && pool_ == nullptr) {
    VERGE_TRY_ASSIGN(pool_, sys::ThreadPool::Create(app_.limits.threads));
  }
  return runtime::Session::Create(std::move(model), pool_.get());
}

Result<runtime::Session> ModelStore::NewSingleThreadSession(const std::string& name) {
  VERGE_TRY_ASSIGN(std::shared_ptr<const runtime::Model> model, Get(name));
  return runtime::Session::Create(std::move(model));
}

Result<std::vector<std::string>> ModelStore::Labels(const std::string& name) const {
  constexpr size_t kMaxLabels = 10000;
  const app::Model* description = app_.FindModel(name);
  if (description == nullptr || description->labels.empty()) {
    return VERGE_ERROR(kInvalidArgument, "model '" + name + "' has no labels in app.yaml");
  }
  VERGE_TRY_ASSIGN(const std::string text, app::ReadTextFile(dir_, description->labels));
  std::vector<std::string> labels;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    std::string line = text.substr(at, end - at);
    if (line.ends_with('\r')) line.pop_back();
    labels.push_back(std::move(line));
    at = end + 1;
  }
  while (!labels.empty() && labels.back().empty()) labels.pop_back();
  if (labels.size() > kMaxLabels)
    return VERGE_ERROR(kResourceExhausted, description->labels + ": more than 10000 labels");
  return labels;
}

std::vector<TensorPort> PortsOf(std::span<const runtime::TensorInfo> tensors) {
  std::vector<TensorPort> ports;
  for (const runtime::TensorInfo& tensor : tensors)
    ports.push_back({std::string(tensor.name), tensor.type.dtype, tensor.type.shape});
  return ports;
}

}  // namespace verge::runner
