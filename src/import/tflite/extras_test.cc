// What surrounds the operators: sparse constants, metadata, names of what an output shares with another value.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "import/tflite/import.h"
#include "import/tflite/metadata_generated.h"
#include "import/tflite/run_operator.h"
#include "ir/text.h"

namespace verge::tflite {
namespace {

using schema::BuiltinOperator;
using schema::TensorType;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

Result<ir::Graph> ImportBytes(const std::vector<uint8_t>& file) { return Import(std::as_bytes(std::span(file))); }

// Dimension metadata: dense of a size, or compressed with its segments and indices.
struct Dim {
  int32_t size = 0;
  std::vector<int32_t> segments = {};
  std::vector<uint8_t> indices = {};
};

std::vector<double> Densify(const std::vector<int32_t>& shape, const std::vector<float>& stored,
                            const std::vector<int32_t>& order, const std::vector<int32_t>& block_map,
                            const std::vector<Dim>& dims, std::string* error = nullptr) {
  RunOperator m;
  std::vector<flatbuffers::Offset<schema::DimensionMetadata>> metadata;
  for (const Dim& dim : dims) {
    if (dim.segments.empty()) {
      metadata.push_back(schema::CreateDimensionMetadata(m.b.fbb(), schema::DimensionType::DENSE, dim.size));
      continue;
    }
    const auto segments = schema::CreateInt32VectorDirect(m.b.fbb(), &dim.segments);
    const auto indices = schema::CreateUint8VectorDirect(m.b.fbb(), &dim.indices);
    metadata.push_back(schema::CreateDimensionMetadata(m.b.fbb(), schema::DimensionType::SPARSE_CSR, 0,
                                                       schema::SparseIndexVector::Int32Vector, segments.Union(),
                                                       schema::SparseIndexVector::Uint8Vector, indices.Union()));
  }
  m.b.SetNext({.sparsity = schema::CreateSparsityParametersDirect(
                   m.b.fbb(), &order, block_map.empty() ? nullptr : &block_map, &metadata)});
  const int32_t sparse = m.Floats(shape, stored);
  m.Out(shape);
  const std::vector<double> y = m.Run(BuiltinOperator::DENSIFY, {sparse});
  if (error != nullptr) {
    *error = m.error;
  } else {
    EXPECT_EQ(m.error, "");
  }
  return y;
}

TEST(Sparse, CompressedRows) {
  // 1 in row 0 column 2, 2 and 3 in row 2 columns 0 and 1.
  EXPECT_THAT(Densify({3, 3}, {1, 2, 3}, {0, 1}, {}, {{.size = 3}, {0, {0, 1, 1, 3}, {2, 0, 1}}}),
              ElementsAre(0, 0, 1, 0, 0, 0, 2, 3, 0));
}

TEST(Sparse, CompressedColumns) {
  EXPECT_THAT(Densify({2, 3}, {1, 2}, {1, 0}, {}, {{.size = 3}, {0, {0, 1, 1, 2}, {1, 0}}}),
              ElementsAre(0, 0, 2, 1, 0, 0));
}

TEST(Sparse, Blocks) {
  // Blocks of 2 columns: the second block of row 0, the first of row 1.
  EXPECT_THAT(Densify({2, 4}, {1, 2, 3, 4}, {0, 1, 2}, {1}, {{.size = 2}, {0, {0, 1, 2}, {1, 0}}, {.size = 2}}),
              ElementsAre(0, 0, 1, 2, 3, 4, 0, 0));
}

TEST(Sparse, RefusesWhatDoesNotFit) {
  std::string error;
  Densify({3, 3}, {1}, {0, 0}, {}, {{.size = 3}, {.size = 3}}, &error);
  EXPECT_THAT(error, HasSubstr("is stored sparsely, but its dimensions are not described completely"));
  Densify({3, 3}, {1}, {0, 1}, {}, {{.size = 4}, {.size = 3}}, &error);
  EXPECT_THAT(error, HasSubstr("a dense dimension has another size"));
  Densify({3, 3}, {1}, {0, 1}, {}, {{.size = 3}, {0, {0, 1, 1, 1}, {3}}}, &error);
  EXPECT_THAT(error, HasSubstr("its indices lie outside"));
  Densify({3, 3}, {1, 2}, {0, 1}, {}, {{.size = 3}, {0, {0, 1, 1, 1}, {2}}}, &error);
  EXPECT_THAT(error, HasSubstr("the number of its elements is another"));
  Densify({3, 4}, {1}, {0, 1, 2}, {1}, {{.size = 3}, {0, {0, 1, 1, 1}, {0}}, {.size = 3}}, &error);
  EXPECT_THAT(error, HasSubstr("its blocks do not divide it"));
}

std::vector<uint8_t> Metadata() {
  flatbuffers::FlatBufferBuilder b;
  const std::vector<float> mean = {127.5f};
  const std::vector<float> deviation = {127.5f, 128};
  const auto normalisation = about::CreateNormalizationOptionsDirect(b, &mean, &deviation);
  const std::vector units = {
      about::CreateProcessUnit(b, about::ProcessUnitOptions::NormalizationOptions, normalisation.Union())};
  const std::vector inputs = {about::CreateTensorMetadataDirect(b, "image", nullptr, nullptr, 0, &units)};
  const std::vector files = {
      about::CreateAssociatedFileDirect(b, "labels.txt", nullptr, about::AssociatedFileType::TENSOR_AXIS_LABELS)};
  const std::vector outputs = {about::CreateTensorMetadataDirect(b, "class", nullptr, nullptr, 0, nullptr, 0, &files)};
  const std::vector graphs = {about::CreateSubGraphMetadataDirect(b, nullptr, nullptr, &inputs, &outputs)};
  about::FinishModelMetadataBuffer(
      b, about::CreateModelMetadataDirect(b, "pets", "cats\x1b or dogs", "v2", &graphs, "somebody", "Apache-2.0"));
  return {b.GetBufferPointer(), b.GetBufferPointer() + b.GetSize()};
}

std::vector<uint8_t> WithMetadata(const std::vector<uint8_t>& metadata) {
  ModelBuilder b;
  const int32_t x = b.AddTensor("x", {1, 4});
  const int32_t y = b.AddTensor("y", {1, 4});
  b.AddOperator(BuiltinOperator::RELU, {x}, {y});
  b.AddMetadata("TFLITE_METADATA", metadata);
  return b.Finish({x}, {y});
}

uint32_t Crc32(const std::string& text) {
  uint32_t crc = 0xffffffff;
  for (const char c : text) {
    crc ^= static_cast<uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320u : 0u);
  }
  return ~crc;
}

// Little-endian numbers, each with its size in bytes.
void Put(std::vector<uint8_t>& to, const std::vector<std::pair<uint32_t, int>>& numbers) {
  for (const auto& [value, size] : numbers) {
    for (int i = 0; i < size; ++i) to.push_back(static_cast<uint8_t>(value >> (8 * i)));
  }
}

// A ZIP archive of one member, stored as it is. Its offsets count from `start`.
std::vector<uint8_t> Archive(const std::string& name, const std::string& text, uint32_t start) {
  const auto size = static_cast<uint32_t>(text.size());
  const auto name_size = static_cast<uint32_t>(name.size());
  std::vector<uint8_t> zip;
  Put(zip, {{0x04034b50, 4}, {20, 2}, {0, 8}, {Crc32(text), 4}, {size, 4}, {size, 4}, {name_size, 2}, {0, 2}});
  zip.insert(zip.end(), name.begin(), name.end());
  zip.insert(zip.end(), text.begin(), text.end());
  const auto list = static_cast<uint32_t>(zip.size());
  Put(zip, {{0x02014b50, 4}, {20, 2}, {20, 2}, {0, 8}, {Crc32(text), 4}, {size, 4}, {size, 4}, {name_size, 2}});
  Put(zip, {{0, 4}, {0, 4}, {0, 4}, {start, 4}});
  zip.insert(zip.end(), name.begin(), name.end());
  const auto list_size = static_cast<uint32_t>(zip.size()) - list;
  Put(zip, {{0x06054b50, 4}, {0, 4}, {1, 2}, {1, 2}, {list_size, 4}, {start + list, 4}, {0, 2}});
  return zip;
}

TEST(Metadata, IsKeptInTheGraph) {
  const std::vector<uint8_t> model = WithMetadata(Metadata());
  // Writers count the archive's offsets from the start of the file, or from its own.
  for (const size_t start : {size_t{0}, model.size()}) {
    std::vector<uint8_t> file = model;
    const std::vector<uint8_t> zip = Archive("labels.txt", "cat\ndog\n", static_cast<uint32_t>(start));
    file.insert(file.end(), zip.begin(), zip.end());
    const Result<ir::Graph> graph = ImportBytes(file);
    ASSERT_TRUE(graph.ok()) << graph.status().ToString();
    EXPECT_THAT(graph->metadata,
                ElementsAre(Pair("model", "pets"), Pair("about", "cats? or dogs"), Pair("version", "v2"),
                            Pair("author", "somebody"), Pair("license", "Apache-2.0"),
                            Pair("normalisation of image", "mean 127.5 std 127.5, 128"), Pair("labels", "cat\ndog")));
  }
}

TEST(Metadata, LabelsThatAreNotThereAreNoError) {
  const Result<ir::Graph> graph = ImportBytes(WithMetadata(Metadata()));
  ASSERT_TRUE(graph.ok()) << graph.status().ToString();
  EXPECT_EQ(graph->metadata.size(), 6u);
}

// Whatever is wrong with metadata, the model is imported all the same.
TEST(Metadata, DamageIsHarmless) {
  std::vector<uint8_t> metadata = Metadata();
  for (size_t size = 0; size < metadata.size(); size += 7) {
    const auto graph = ImportBytes(WithMetadata({metadata.begin(), metadata.begin() + static_cast<ptrdiff_t>(size)}));
    ASSERT_TRUE(graph.ok()) << graph.status().ToString();
  }
  for (size_t i = 0; i < metadata.size(); ++i) {
    metadata[i] ^= 0xff;
    const auto graph = ImportBytes(WithMetadata(metadata));
    ASSERT_TRUE(graph.ok()) << graph.status().ToString();
    metadata[i] ^= 0xff;
  }
  const auto graph = ImportBytes(WithMetadata({1, 2, 3, 4, 5, 6, 7, 8, 9}));
  EXPECT_THAT(graph.value().metadata, Contains(Pair("metadata", "left out: damaged")));
}

TEST(Outputs, OneValueUnderTwoNamesIsCopied) {
  ModelBuilder b;
  const int32_t x = b.AddTensor("x", {2, 2});
  const int32_t y = b.AddTensor("y", {2, 2});
  const int32_t none = b.AddConstant<int32_t>("size", {2}, TensorType::INT32, {-1, -1});
  const int32_t start = b.AddConstant<int32_t>("start", {2}, TensorType::INT32, {0, 0});
  b.AddOperator(BuiltinOperator::SLICE, {x, start, none}, {y});
  const Result<ir::Graph> graph = ImportBytes(b.Finish({x}, {y}));
  ASSERT_TRUE(graph.ok()) << graph.status().ToString();
  EXPECT_THAT(ir::Print(*graph), HasSubstr("y: f32[2, 2] = reshape(x) {shape=[2, 2]}"));
}

}  // namespace
}  // namespace verge::tflite
