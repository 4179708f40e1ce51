#include "verge/model_file.h"

#include <cstring>

#include "compile/compile.h"
#include "format/model/model.h"
#include "sys/file/mapped_file.h"

namespace verge::cli {
namespace {

bool IsModelFile(std::span<const std::byte> bytes) {
  return bytes.size() >= 4 && std::memcmp(bytes.data(), &format::kModelMagic, 4) == 0;
}

Result<format::VerifiedModel> ReadModel(const std::string& path, const std::shared_ptr<sys::MappedFile>& file) {
  if (IsModelFile(file->bytes())) return format::VerifiedModel::Verify(file->bytes(), file);
  VERGE_TRY_ASSIGN(ir::Graph graph, compile::Import(file->bytes(), path));
  VERGE_TRY_ASSIGN(compile::Compiled compiled, compile::Compile(std::move(graph)));
  const auto owner = std::make_shared<format::AlignedBytes>(std::move(compiled.bytes));
  return format::VerifiedModel::Verify(owner->bytes(), owner);
}

}  // namespace

Result<OpenedModel> OpenModel(const std::string& path, const runtime::LoadOptions& options) {
  VERGE_TRY_ASSIGN(sys::MappedFile mapped, sys::MappedFile::Open(path));
  const auto file = std::make_shared<sys::MappedFile>(std::move(mapped));
  Result<format::VerifiedModel> verified = ReadModel(path, file);
  if (!verified.ok()) return std::move(verified).status().WithContext(path);
  auto model = runtime::Model::Load(std::move(verified).value(), options);
  if (!model.ok()) return std::move(model).status().WithContext(path);
  return OpenedModel{std::move(model).value(), file->bytes().size()};
}

}  // namespace verge::cli
