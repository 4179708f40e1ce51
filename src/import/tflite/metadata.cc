#include "import/tflite/metadata.h"

#include <zip.h>

#include <cstring>
#include <memory>
#include <string>

#include "base/checked.h"
#include "import/tflite/metadata_generated.h"
#include "import/tflite/reader.h"

namespace verge::tflite {
namespace {

// Enough for any label list; the .vg format keeps no longer texts.
constexpr size_t kMaxText = size_t{1} << 16;
constexpr size_t kMaxTensors = 32;

struct CloseZip {
  void operator()(zip_t* zip) const { zip_discard(zip); }
};
struct CloseFile {
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};

uint32_t ReadU32(const std::byte* data) {
  uint32_t value = 0;
  std::memcpy(&value, data, sizeof(value));
  return value;
}

// The archive within the file: writers count its offsets either from the start of the file or from its own. The record
// at the very end says where the list of members begins, and how long it is; before that record it ends.
std::span<const std::byte> FindArchive(std::span<const std::byte> file) {
  constexpr size_t kRecord = 22;
  constexpr size_t kMaxComment = 65535;
  constexpr uint32_t kSignature = 0x06054b50;
  for (size_t back = kRecord; back <= file.size() && back <= kRecord + kMaxComment; ++back) {
    const size_t end = file.size() - back;
    if (ReadU32(file.data() + end) != kSignature) continue;
    const uint64_t list = uint64_t{ReadU32(file.data() + end + 12)} + ReadU32(file.data() + end + 16);
    return list <= end ? file.subspan(static_cast<size_t>(end - list)) : file;
  }
  return {};
}

// The ZIP archive at the end of the model file; null when there is none.
std::unique_ptr<zip_t, CloseZip> OpenArchive(std::span<const std::byte> whole) {
  const std::span<const std::byte> file = FindArchive(whole);
  if (file.empty()) return nullptr;
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(file.data(), file.size(), 0, &error);
  zip_t* zip = source == nullptr ? nullptr : zip_open_from_source(source, ZIP_RDONLY, &error);
  if (zip == nullptr && source != nullptr) zip_source_free(source);
  zip_error_fini(&error);
  return std::unique_ptr<zip_t, CloseZip>(zip);
}

// At most kMaxText bytes of a file of the archive, empty when it is not there or damaged.
std::string ReadMember(zip_t* zip, const char* name) {
  const std::unique_ptr<zip_file_t, CloseFile> member(zip_fopen(zip, name, 0));
  if (member == nullptr) return "";
  std::string text(kMaxText, '\0');
  size_t size = 0;
  while (size < text.size()) {
    const zip_int64_t got = zip_fread(member.get(), text.data() + size, text.size() - size);
    if (got <= 0) break;
    size += static_cast<size_t>(got);
  }
  return CleanText(std::string_view(text).substr(0, size), kMaxText);
}

void AddText(ir::Graph& graph, const char* key, const flatbuffers::String* text, const ImportLimits& limits) {
  if (text == nullptr || text->size() == 0) return;
  graph.metadata.emplace_back(key, CleanText(text->string_view(), std::min(limits.max_text_bytes, kMaxText)));
}

std::string Numbers(const flatbuffers::Vector<float>* values) {
  constexpr size_t kShown = 16;
  std::string text;
  for (size_t i = 0; i < SizeOf(values) && i < kShown; ++i) {
    std::string number = std::to_string(values->Get(static_cast<flatbuffers::uoffset_t>(i)));
    number.erase(number.find_last_not_of('0') + 1);
    if (number.back() == '.') number.pop_back();
    text += (i == 0 ? "" : ", ") + number;
  }
  return text;
}

// The name of tensor i of the metadata's list, or its number.
std::string TensorName(const about::TensorMetadata& tensor, size_t i) {
  const std::string name = tensor.name() == nullptr ? "" : CleanText(tensor.name()->string_view(), 100);
  return name.empty() ? std::to_string(i) : name;
}

void AddNormalisation(ir::Graph& graph, const about::TensorMetadata& tensor, size_t i) {
  for (size_t k = 0; k < SizeOf(tensor.process_units()); ++k) {
    const auto* unit = tensor.process_units()->Get(static_cast<flatbuffers::uoffset_t>(k));
    const auto* options = unit->options_as_NormalizationOptions();
    if (options == nullptr || SizeOf(options->mean()) == 0 || SizeOf(options->std()) == 0) continue;
    graph.metadata.emplace_back("normalisation of " + TensorName(tensor, i),
                                "mean " + Numbers(options->mean()) + " std " + Numbers(options->std()));
    return;
  }
}

// The first list is "labels", as applications look for it; others carry the name of their tensor.
void AddLabels(ir::Graph& graph, const about::TensorMetadata& tensor, size_t i, zip_t* zip, bool& has_labels) {
  for (size_t k = 0; k < SizeOf(tensor.associated_files()); ++k) {
    const auto* file = tensor.associated_files()->Get(static_cast<flatbuffers::uoffset_t>(k));
    const bool is_list = file->type() == about::AssociatedFileType::TENSOR_AXIS_LABELS ||
                         file->type() == about::AssociatedFileType::TENSOR_VALUE_LABELS;
    if (!is_list || file->name() == nullptr || zip == nullptr) continue;
    std::string labels = ReadMember(zip, file->name()->c_str());
    while (!labels.empty() && labels.back() == '\n') labels.pop_back();
    if (labels.empty()) continue;
    graph.metadata.emplace_back(has_labels ? "labels of " + TensorName(tensor, i) : "labels", labels);
    has_labels = true;
    return;
  }
}

// The bytes of the metadata entry, aligned; null when the file has none.
std::shared_ptr<ir::Buffer> FindEntry(const schema::Model& model, std::span<const std::byte> file) {
  for (size_t i = 0; i < SizeOf(model.metadata()); ++i) {
    const schema::Metadata& entry = *model.metadata()->Get(static_cast<flatbuffers::uoffset_t>(i));
    if (entry.name() == nullptr || entry.name()->string_view() != "TFLITE_METADATA") continue;
    if (entry.buffer() >= SizeOf(model.buffers())) return nullptr;
    const schema::Buffer& buffer = *model.buffers()->Get(entry.buffer());
    if (buffer.offset() > 1 && RangeFits(buffer.offset(), buffer.size(), file.size())) {
      return ir::Buffer::CopyOf(file.data() + buffer.offset(), buffer.size());
    }
    if (SizeOf(buffer.data()) > 0) return ir::Buffer::CopyOf(buffer.data()->data(), buffer.data()->size());
  }
  return nullptr;
}

}  // namespace

Status ReadMetadata(const schema::Model& model, std::span<const std::byte> file, const ImportLimits& limits,
                    ir::Graph& graph) {
  const std::shared_ptr<ir::Buffer> bytes = FindEntry(model, file);
  if (bytes == nullptr) return Status::Ok();
  constexpr int kMaxDepth = 32;
  constexpr int kMaxTables = 1 << 16;
  constexpr size_t kSmallest = 8;  // root offset and identifier
  flatbuffers::Verifier verifier(reinterpret_cast<const uint8_t*>(bytes->data()), bytes->size(), kMaxDepth, kMaxTables);
  if (bytes->size() < kSmallest || !about::VerifyModelMetadataBuffer(verifier)) {
    graph.metadata.emplace_back("metadata", "left out: damaged");
    return Status::Ok();
  }
  const about::ModelMetadata& metadata = *about::GetModelMetadata(bytes->data());
  AddText(graph, "model", metadata.name(), limits);
  AddText(graph, "about", metadata.description(), limits);
  AddText(graph, "version", metadata.version(), limits);
  AddText(graph, "author", metadata.author(), limits);
  AddText(graph, "license", metadata.license(), limits);
  if (SizeOf(metadata.subgraph_metadata()) == 0) return Status::Ok();
  const about::SubGraphMetadata& about_graph = *metadata.subgraph_metadata()->Get(0);
  for (size_t i = 0; i < SizeOf(about_graph.input_tensor_metadata()) && i < kMaxTensors; ++i) {
    AddNormalisation(graph, *about_graph.input_tensor_metadata()->Get(static_cast<flatbuffers::uoffset_t>(i)), i);
  }
  const std::unique_ptr<zip_t, CloseZip> zip = OpenArchive(file);
  bool has_labels = false;
  for (size_t i = 0; i < SizeOf(about_graph.output_tensor_metadata()) && i < kMaxTensors; ++i) {
    AddLabels(graph, *about_graph.output_tensor_metadata()->Get(static_cast<flatbuffers::uoffset_t>(i)), i, zip.get(),
              has_labels);
  }
  return Status::Ok();
}

}  // namespace verge::tflite
