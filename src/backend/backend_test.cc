// The engines behind one face. What needs the library of ONNX Runtime uses the one that ./x test fetches.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "backend/onnxruntime/library.h"
#include "backend/onnxruntime/session.h"
#include "backend/open.h"
#include "compile/compile.h"
#include "import/onnx/test_models.h"
#include "sys/file/file.h"
#include "sys/file/temp_dir.h"

namespace verge::backend {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kLibrary = VERGE_CACHE_DIR "/onnxruntime/libonnxruntime.so.1";

constexpr const char* kAddModel = R"(
ir_version: 8 opset_import { version: 13 }
graph { name: "add"
  node { op_type: "Add" name: "sum" input: "x" input: "y" output: "z" }
  node { op_type: "Shape" name: "shape" input: "z" output: "s" }
  input { name: "x" type { tensor_type { elem_type: 1 shape { dim { dim_param: "batch" } dim { dim_param: "n" } } } } }
  input { name: "y" type { tensor_type { elem_type: 1 shape { dim { dim_value: 1 } } } } }
  output { name: "z" type { tensor_type { elem_type: 1 } } }
  output { name: "s" type { tensor_type { elem_type: 7 } } }
})";

OrtOptions WithLibrary() {
  OrtOptions options;
  options.choice.kind = Kind::kOnnxRuntime;
  options.choice.library = kLibrary;
  return options;
}

std::vector<float> Floats(const Tensor& tensor) {
  return {tensor.as<float>(), tensor.as<float>() + tensor.shape().elems()};
}

std::string Message(const Status& status) { return std::string(status.message()); }

TEST(Choice, IsReadAsPeopleWriteIt) {
  EXPECT_EQ(ParseChoice("verge")->kind, Kind::kVerge);
  EXPECT_EQ(ParseChoice("onnxruntime")->kind, Kind::kOnnxRuntime);
  EXPECT_EQ(ParseChoice("onnxruntime")->provider, Provider::kCpu);
  for (const char* name : {"cpu", "cuda", "tensorrt", "openvino", "coreml", "qnn"}) {
    const auto choice = ParseChoice(std::string("onnxruntime:") + name);
    ASSERT_TRUE(choice.ok()) << choice.status().ToString();
    EXPECT_STREQ(ProviderName(choice->provider), name);
  }
  for (const char* wrong : {"", "onnx", "onnxruntime:", "onnxruntime:vulkan", "verge:cpu", "onnxruntime:cpu:1"}) {
    const auto choice = ParseChoice(wrong);
    ASSERT_EQ(choice.code(), StatusCode::kInvalidArgument) << wrong;
    EXPECT_THAT(Message(choice.status()), HasSubstr("tensorrt")) << wrong;
  }
}

TEST(Choice, ProviderOptionsAreKeyAndValue) {
  const auto option = ParseProviderOption("device_id=0");
  ASSERT_TRUE(option.ok());
  EXPECT_EQ(option->first, "device_id");
  EXPECT_EQ(option->second, "0");
  EXPECT_EQ(ParseProviderOption("path=a=b")->second, "a=b");
  EXPECT_EQ(ParseProviderOption("=0").code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(ParseProviderOption("device_id").code(), StatusCode::kInvalidArgument);
}

TEST(OpenModel, ModelFileWithOpenSizesTakesShapes) {
  const auto folder = sys::TempDir::Create();
  ASSERT_TRUE(folder.ok());
  const std::string path = sys::JoinPath(folder->path(), "add.vg");
  const std::string onnx = onnx::ModelBytes(kAddModel);
  const auto compiled = compile::ImportAndCompile(std::as_bytes(std::span(onnx)), "add.onnx",
                                                  {.dynamic = {{"batch", {1, 8, 1}}, {"n", {2, 64, 2}}}});
  ASSERT_TRUE(compiled.ok()) << compiled.status().ToString();
  const std::span<const std::byte> bytes = compiled->bytes.bytes();
  ASSERT_TRUE(sys::WriteFileAtomic(path, {reinterpret_cast<const char*>(bytes.data()), bytes.size()}).ok());

  const auto smallest = OpenModel(path, {});
  ASSERT_TRUE(smallest.ok()) << smallest.status().ToString();
  EXPECT_EQ(smallest->model->outputs()[0].type.shape, Shape({1, 2}));
  const auto larger = OpenModel(path, {}, {.shapes = {{"x", {3, 4}}}});
  ASSERT_TRUE(larger.ok()) << larger.status().ToString();
  EXPECT_EQ(larger->model->outputs()[0].type.shape, Shape({3, 4}));
  EXPECT_THAT(Message(OpenModel(path, {}, {.shapes = {{"x", {9, 4}}}}).status()), HasSubstr("batch"));
  EXPECT_THAT(Message(OpenModel(path, {}, {.shapes = {{"y", {3}}}}).status()), HasSubstr("leaves nothing open"));
  EXPECT_THAT(Message(OpenModel(path, {}, {.shapes = {{"q", {3}}}}).status()), HasSubstr("no input called"));
}

TEST(OrtLibrary, MissingOneIsAnErrorThatSaysHowToGetIt) {
  const auto library = OrtLibrary::Load("/no/such/libonnxruntime.so");
  ASSERT_EQ(library.code(), StatusCode::kNotFound);
  EXPECT_THAT(Message(library.status()), HasSubstr("/no/such/libonnxruntime.so"));
  EXPECT_THAT(Message(library.status()), HasSubstr("--ort-library"));
  EXPECT_THAT(Message(library.status()), HasSubstr("docs/guide/backends.md"));
}

TEST(OrtLibrary, AnotherLibraryIsRefused) {
  const auto library = OrtLibrary::Load("libm.so.6");
  ASSERT_EQ(library.code(), StatusCode::kUnsupported);
  EXPECT_THAT(Message(library.status()), HasSubstr("OrtGetApiBase"));
}

TEST(OrtLibrary, TheEnvironmentNamesOneWhenNoPathIsGiven) {
  ASSERT_EQ(setenv("VERGE_ONNXRUNTIME", "/no/such/from_environment.so", 1), 0);
  EXPECT_THAT(Message(OrtLibrary::Load("").status()), HasSubstr("from_environment.so"));
  ASSERT_EQ(setenv("VERGE_ONNXRUNTIME", kLibrary, 1), 0);
  const auto library = OrtLibrary::Load("");
  ASSERT_TRUE(library.ok()) << library.status().ToString();
  EXPECT_EQ((*library)->version(), "1.30.0");
  unsetenv("VERGE_ONNXRUNTIME");
}

TEST(OrtSession, RunsAModelWithTheShapesItIsGiven) {
  const std::string bytes = onnx::ModelBytes(kAddModel);
  OrtOptions options = WithLibrary();
  options.shapes["x"] = {2, 3};
  const auto session = OpenOnnxRuntime({.bytes = bytes}, options);
  ASSERT_TRUE(session.ok()) << session.status().ToString();
  EXPECT_EQ((*session)->engine(), "onnxruntime 1.30.0 (cpu)");
  ASSERT_EQ((*session)->inputs().size(), 2u);
  EXPECT_EQ((*session)->outputs()[0].tensor.data, nullptr) << "before the first run";
  for (int run = 0; run < 2; ++run) {
    for (int i = 0; i < 6; ++i) (*session)->inputs()[0].tensor.as<float>()[i] = static_cast<float>(i + run);
    (*session)->inputs()[1].tensor.as<float>()[0] = 0.5F;
    const Status status = (*session)->Run();
    ASSERT_TRUE(status.ok()) << status.ToString();
    const Tensor& z = (*session)->outputs()[0].tensor;
    EXPECT_EQ(z.shape(), (Shape{2, 3}));
    const auto r = static_cast<float>(run);
    EXPECT_THAT(Floats(z), ElementsAre(r + .5F, r + 1.5F, r + 2.5F, r + 3.5F, r + 4.5F, r + 5.5F));
    const Tensor& s = (*session)->outputs()[1].tensor;
    ASSERT_EQ(s.dtype(), DType::kI64);
    EXPECT_EQ(s.as<int64_t>()[0], 2);
    EXPECT_EQ(s.as<int64_t>()[1], 3);
  }
}

TEST(OrtSession, InputOfKnownValueIsNotAskedFor) {
  const std::string bytes = onnx::ModelBytes(kAddModel);
  OrtOptions options = WithLibrary();
  options.shapes["x"] = {1, 2};
  options.values["y"] = 7;
  const auto session = OpenOnnxRuntime({.bytes = bytes}, options);
  ASSERT_TRUE(session.ok()) << session.status().ToString();
  ASSERT_EQ((*session)->inputs().size(), 1u);
  EXPECT_TRUE((*session)->Run().ok());
  EXPECT_THAT(Floats((*session)->outputs()[0].tensor), ElementsAre(7, 7));
}

TEST(OrtSession, MistakesAreNamed) {
  const std::string bytes = onnx::ModelBytes(kAddModel);
  const auto error = [&](const OrtOptions& options) {
    const auto session = OpenOnnxRuntime({.bytes = bytes}, options);
    return session.ok() ? std::string() : session.status().ToString();
  };
  OrtOptions options = WithLibrary();
  EXPECT_THAT(error(options), HasSubstr("input 'x' has the unknown dimension 1"));
  options.shapes["x"] = {2, 3, 4};
  EXPECT_THAT(error(options), HasSubstr("contradicts"));
  options.shapes["x"] = {2, 3};
  options.shapes["q"] = {1};
  EXPECT_THAT(error(options), HasSubstr("no input 'q'; it has x, y"));
  options.shapes.erase("q");
  options.choice.provider = Provider::kQnn;
  EXPECT_THAT(error(options), HasSubstr("built without QNNExecutionProvider; it has "));
  EXPECT_THAT(error(options), HasSubstr("CPUExecutionProvider"));
  options.choice.provider = Provider::kCpu;
  options.choice.provider_options = {{"device_id", "0"}};
  EXPECT_THAT(error(options), HasSubstr("device_id"));
}

TEST(OrtSession, BrokenModelsAreRefusedInTheLibrarysWords) {
  const auto garbage = OpenOnnxRuntime({.bytes = "no model at all"}, WithLibrary());
  EXPECT_EQ(garbage.code(), StatusCode::kDataLoss);
  EXPECT_THAT(Message(garbage.status()), HasSubstr("cannot load the model"));
  const auto missing = OpenOnnxRuntime({.path = "/no/such/model.onnx"}, WithLibrary());
  EXPECT_EQ(missing.code(), StatusCode::kNotFound) << missing.status().ToString();
  const std::string sequence = onnx::ModelBytes(R"(
ir_version: 8 opset_import { version: 13 }
graph { name: "sequence"
  node { op_type: "SequenceConstruct" input: "x" output: "parts" }
  input { name: "x" type { tensor_type { elem_type: 1 shape { dim { dim_value: 2 } } } } }
  output { name: "parts" type { sequence_type { elem_type { tensor_type { elem_type: 1 } } } } }
})");
  const auto session = OpenOnnxRuntime({.bytes = sequence}, WithLibrary());
  ASSERT_TRUE(session.ok()) << session.status().ToString();
  EXPECT_EQ((*session)->Run().code(), StatusCode::kUnsupported);
}

// The same file through both engines.
TEST(Open, BothEnginesAgree) {
  const auto dir = sys::TempDir::Create();
  ASSERT_TRUE(dir.ok());
  const std::string path = dir->File("convnet.onnx");
  ASSERT_TRUE(sys::WriteFileAtomic(path, onnx::ModelBytes(onnx::kTestModels[0].text)).ok());
  std::vector<std::vector<float>> results;
  for (const char* name : {"verge", "onnxruntime"}) {
    OpenOptions options;
    options.choice = *ParseChoice(name);
    if (options.choice.kind == Kind::kOnnxRuntime) options.choice.library = kLibrary;
    const auto session = Open(path, options);
    ASSERT_TRUE(session.ok()) << session.status().ToString();
    const auto index = FindInput(**session, "x");
    ASSERT_TRUE(index.ok());
    const Tensor& x = (*session)->inputs()[*index].tensor;
    for (size_t i = 0; i < x.shape().elems(); ++i) x.as<float>()[i] = std::sin(static_cast<float>(i));
    ASSERT_TRUE((*session)->Run().ok());
    results.push_back(Floats((*session)->outputs()[0].tensor));
  }
  ASSERT_EQ(results[0].size(), 3u);
  EXPECT_THAT(results[0], testing::Pointwise(testing::FloatNear(1e-4F), results[1]));
}

// A small network in which convolution, pool and product are named one after the other.
TEST(Open, PartsByBothEnginesComputeTheWhole) {
  const auto dir = sys::TempDir::Create();
  ASSERT_TRUE(dir.ok());
  const std::string path = dir->File("convnet.onnx");
  ASSERT_TRUE(sys::WriteFileAtomic(path, onnx::ModelBytes(onnx::kTestModels[0].text)).ok());
  const auto run = [&](const OpenOptions& options, std::string& engine) {
    const auto session = Open(path, options);
    EXPECT_TRUE(session.ok()) << session.status().ToString();
    if (!session.ok()) return std::vector<float>();
    engine = (*session)->engine();
    const Tensor& x = (*session)->inputs()[0].tensor;
    for (size_t i = 0; i < x.shape().elems(); ++i) x.as<float>()[i] = std::sin(static_cast<float>(i));
    const Status status = (*session)->Run();
    EXPECT_TRUE(status.ok()) << status.ToString();
    return Floats((*session)->outputs()[0].tensor);
  };
  std::string engine;
  const std::vector<float> whole = run({}, engine);
  OpenOptions options;
  options.choice.kind = Kind::kOnnxRuntime;
  options.choice.library = kLibrary;
  for (const char* nodes : {"^conv", "^pool", "^(conv|fc)", "."}) {
    options.nodes = nodes;
    EXPECT_THAT(run(options, engine), testing::Pointwise(testing::FloatNear(1e-4F), whole)) << nodes;
    EXPECT_THAT(engine, HasSubstr("parts by onnxruntime")) << nodes;
  }
  options.nodes = "no such node";
  EXPECT_EQ(Open(path, options).code(), StatusCode::kNotFound);
  options.choice.kind = Kind::kVerge;
  EXPECT_EQ(Open(path, options).code(), StatusCode::kInvalidArgument);
}

// A TFLite model goes to ONNX Runtime by way of the exporter.
TEST(Open, TfliteModelsAreExportedForOnnxRuntime) {
  const std::string path = VERGE_CACHE_DIR "/models/face_detection_short_range.tflite";
  std::vector<std::vector<float>> results;
  for (const Kind kind : {Kind::kVerge, Kind::kOnnxRuntime}) {
    OpenOptions options;
    options.choice.kind = kind;
    if (kind == Kind::kOnnxRuntime) options.choice.library = kLibrary;
    const auto session = Open(path, options);
    ASSERT_TRUE(session.ok()) << session.status().ToString() << "; ./x test fetches the model";
    const Tensor& x = (*session)->inputs()[0].tensor;
    for (size_t i = 0; i < x.shape().elems(); ++i) x.as<float>()[i] = std::sin(static_cast<float>(i) * 0.01F);
    ASSERT_TRUE((*session)->Run().ok());
    results.push_back(Floats((*session)->outputs()[0].tensor));
  }
  ASSERT_EQ(results[0].size(), results[1].size());
  const float largest = std::abs(*std::ranges::max_element(results[1], {}, [](float v) { return std::abs(v); }));
  ASSERT_GT(largest, 0);
  EXPECT_THAT(results[0], testing::Pointwise(testing::FloatNear(1e-4F * largest), results[1]));
}

TEST(Open, WishesThatAnEngineCannotGrantAreRefused) {
  const auto dir = sys::TempDir::Create();
  ASSERT_TRUE(dir.ok());
  const std::string path = dir->File("model");
  ASSERT_TRUE(sys::WriteFileAtomic(path, onnx::ModelBytes(onnx::kTestModels[0].text)).ok());
  OpenOptions options;
  options.choice.kind = Kind::kOnnxRuntime;
  options.choice.library = kLibrary;
  options.force_reference = true;
  EXPECT_EQ(Open(path, options).code(), StatusCode::kInvalidArgument);
  options.force_reference = false;
  options.compile.skip_passes = {"fold_pad"};
  EXPECT_EQ(Open(path, options).code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace verge::backend
