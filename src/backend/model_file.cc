#include "backend/model_file.h"

#include <cstring>

#include "base/checked.h"
#include "compile/compile.h"
#include "format/model/model.h"
#include "sys/file/file.h"
#include "sys/file/mapped_file.h"

namespace verge::backend {
namespace {

Status CheckNothingIsAsked(const CompileRequest& request) {
  const bool asks = !request.values.empty() || request.integers || request.four_bits || !request.skip_passes.empty();
  if (!asks && request.optimize) return Status::Ok();
  return VERGE_ERROR(kInvalidArgument,
                     "values and passes cannot be chosen for a .vg file: give the model it was made from");
}

Result<ir::Graph> ImportBytes(std::span<const std::byte> bytes, const std::string& path,
                              const CompileRequest& request) {
  compile::ImportOptions options;
  options.shapes = request.shapes;
  options.values = request.values;
  options.read_beside = ReaderBeside(path);
  return compile::Import(bytes, path, options);
}

}  // namespace

bool IsModelFile(std::span<const std::byte> bytes) {
  return bytes.size() >= 4 && std::memcmp(bytes.data(), &format::kModelMagic, 4) == 0;
}

Result<OpenedModel> LoadGraph(ir::Graph graph, const runtime::LoadOptions& options, const CompileRequest& request) {
  VERGE_TRY_ASSIGN(
      compile::Compiled compiled,
      compile::Compile(std::move(graph), {request.optimize, request.integers, request.four_bits, request.skip_passes}));
  const auto owner = std::make_shared<format::AlignedBytes>(std::move(compiled.bytes));
  VERGE_TRY_ASSIGN(format::VerifiedModel verified, format::VerifiedModel::Verify(owner->bytes(), owner));
  VERGE_TRY_ASSIGN(std::shared_ptr<const runtime::Model> model, runtime::Model::Load(std::move(verified), options));
  return OpenedModel{std::move(model), 0};
}

Result<ir::Graph> ImportModel(const std::string& path, const CompileRequest& request) {
  VERGE_TRY_ASSIGN(const sys::MappedFile file, sys::MappedFile::Open(path));
  if (!IsModelFile(file.bytes())) return ImportBytes(file.bytes(), path, request);
  return VERGE_ERROR(kUnsupported, path + ": a .vg file is compiled already; give the model it was made from");
}

Result<OpenedModel> OpenModel(const std::string& path, const runtime::LoadOptions& options,
                              const CompileRequest& request) {
  VERGE_TRY_ASSIGN(sys::MappedFile mapped, sys::MappedFile::Open(path));
  const auto file = std::make_shared<sys::MappedFile>(std::move(mapped));
  const auto open = [&]() -> Result<OpenedModel> {
    if (!IsModelFile(file->bytes())) {
      VERGE_TRY_ASSIGN(ir::Graph graph, ImportBytes(file->bytes(), path, request));
      return LoadGraph(std::move(graph), options, request);
    }
    VERGE_TRY(CheckNothingIsAsked(request));
    VERGE_TRY_ASSIGN(
        format::VerifiedModel verified,
        format::VerifiedModel::Verify(file->bytes(), file, {.max_decoded_bytes = options.max_memory_bytes}));
    runtime::LoadOptions load = options;
    load.unread = [file = file.get()](std::span<const std::byte> part) { file->Drop(part); };
    VERGE_TRY_ASSIGN(std::shared_ptr<const runtime::Model> model, runtime::Model::Load(std::move(verified), load));
    VERGE_TRY_ASSIGN(model, runtime::Model::ForShapes(model, request.shapes));
    return OpenedModel{std::move(model), 0};
  };
  Result<OpenedModel> opened = open();
  if (!opened.ok()) return std::move(opened).status().WithContext(path);
  opened->file_bytes = file->bytes().size();
  return opened;
}

std::function<Result<std::string>(const std::string& name, uint64_t offset, uint64_t length)> ReaderBeside(
    const std::string& path) {
  return [folder = sys::ParentPath(path)](const std::string& name, uint64_t offset,
                                          uint64_t length) -> Result<std::string> {
    const std::string file_path = sys::JoinPath(folder, name);
    VERGE_TRY_ASSIGN(const sys::MappedFile file, sys::MappedFile::Open(file_path));
    if (!RangeFits(offset, length, file.bytes().size())) {
      return VERGE_ERROR(kDataLoss, file_path + " is shorter than the model says");
    }
    const auto part = file.bytes().subspan(static_cast<size_t>(offset), static_cast<size_t>(length));
    return std::string(reinterpret_cast<const char*>(part.data()), part.size());
  };
}

}  // namespace verge::backend
