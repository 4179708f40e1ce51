// The three public models, imported, written, read back and run, against what LiteRT computes for the same inputs.
//
// Every path a user can take is covered: memory and mapped file, optimised or not, default and reference kernels, one
// thread and two.
// Tolerance: |got - want| <= 1e-4 * max|want| for every element of every output, and 1e-4 for the relative error of the
// whole tensor, |got - want|_2 / |want|_2. One output is allowed 1e-3 for single elements: the segmentation mask of the
// pose model (Identity_2) is badly conditioned at a few dozen of its 65,536 pixels. There our own plain kernels already
// differ by 1.2e-4 * max between sums in f32 and in f64, so no order of f32 sums can promise 1e-4 against another.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <memory>
#include <string>

#include "compile/compile.h"
#include "format/model/model.h"
#include "media/npy.h"
#include "runtime/session.h"
#include "sys/file/file.h"
#include "sys/file/mapped_file.h"
#include "sys/file/temp_dir.h"
#include "sys/threads/thread_pool.h"

namespace verge {
namespace {

using Arrays = std::vector<std::pair<std::string, media::Array>>;

constexpr float kTolerance = 1e-4F;

float ElementTolerance(const std::string& output) { return output == "Identity_2" ? 1e-3F : kTolerance; }

std::span<const std::byte> AsBytes(const std::string& text) { return std::as_bytes(std::span(text)); }

Arrays ReadGolden(const std::string& model) {
  const auto bytes = sys::ReadFile(VERGE_SOURCE_DIR "/tests/golden/litert/" + model + ".npz", 1U << 24);
  EXPECT_TRUE(bytes.ok()) << bytes.status().ToString();
  if (!bytes.ok()) return {};
  auto arrays = media::ReadNpz(AsBytes(*bytes));
  EXPECT_TRUE(arrays.ok()) << arrays.status().ToString();
  return arrays.ok() ? std::move(arrays).value() : Arrays();
}

const media::Array* Find(const Arrays& arrays, const std::string& name) {
  for (const auto& [key, array] : arrays) {
    if (key == name) return &array;
  }
  return nullptr;
}

format::AlignedBytes ImportAndCompile(const std::string& model, bool optimize) {
  const std::string path = std::string(VERGE_CACHE_DIR) + "/models/" + model + ".tflite";
  const auto file = sys::MappedFile::Open(path);
  EXPECT_TRUE(file.ok()) << file.status().ToString() << "; ./x test fetches the models this test needs";
  if (!file.ok()) return {};
  auto graph = compile::Import(file->bytes(), model);
  EXPECT_TRUE(graph.ok()) << graph.status().ToString();
  if (!graph.ok()) return {};
  auto compiled = compile::Compile(std::move(graph).value(), {.optimize = optimize});
  EXPECT_TRUE(compiled.ok()) << compiled.status().ToString();
  return compiled.ok() ? std::move(compiled->bytes) : format::AlignedBytes();
}

struct Difference {
  float largest = 0;  // max|want|
  float error = 0;    // max|got - want|; infinite when got has a NaN
  size_t worst = 0;
  double relative = 0;  // |got - want|_2 / |want|_2
};

Difference Compare(const float* want, const float* got, size_t count) {
  Difference d;
  double error_squares = 0, want_squares = 0;
  for (size_t i = 0; i < count; ++i) {
    const float e = std::isfinite(got[i]) ? std::abs(got[i] - want[i]) : INFINITY;
    d.largest = std::max(d.largest, std::abs(want[i]));
    error_squares += static_cast<double>(e) * static_cast<double>(e);
    want_squares += static_cast<double>(want[i]) * static_cast<double>(want[i]);
    if (e <= d.error) continue;
    d.error = e;
    d.worst = i;
  }
  d.relative = std::sqrt(error_squares / want_squares);
  return d;
}

void ExpectClose(const media::Array& want, const Tensor& got, const std::string& variant, const std::string& output) {
  const std::string what = variant + " " + output;
  ASSERT_EQ(want.shape().elems(), got.shape().elems()) << what << ": " << ToString(got.shape());
  ASSERT_EQ(want.dtype(), DType::kF32);
  ASSERT_EQ(got.dtype(), DType::kF32);
  const auto* const w = want.tensor().as<const float>();
  const auto* const g = got.as<const float>();
  const Difference d = Compare(w, g, want.shape().elems());
  EXPECT_GT(d.largest, 0.0F) << what << ": a golden of zeros proves nothing";
  EXPECT_LE(d.error, ElementTolerance(output) * d.largest)
      << what << " at " << d.worst << ": got " << g[d.worst] << ", LiteRT " << w[d.worst];
  EXPECT_LE(d.relative, kTolerance) << what;
  std::printf("%-24s max error %.2e of max, relative %.2e\n", what.c_str(), static_cast<double>(d.error / d.largest),
              d.relative);
}

struct Variant {
  const char* name;
  int threads;
  bool force_reference;
};
constexpr Variant kVariants[] = {{"default", 1, false}, {"two_threads", 2, false}, {"reference", 2, true}};

void RunAgainst(const Arrays& golden, const format::VerifiedModel& verified, const Variant& variant) {
  auto pool = sys::ThreadPool::Create(variant.threads);
  ASSERT_TRUE(pool.ok()) << pool.status().ToString();
  auto model = runtime::Model::Load(verified, {.threads = variant.threads, .force_reference = variant.force_reference});
  ASSERT_TRUE(model.ok()) << model.status().ToString();
  auto session = runtime::Session::Create(*model, pool->get());
  ASSERT_TRUE(session.ok()) << session.status().ToString();
  for (size_t i = 0; i < (*model)->inputs().size(); ++i) {
    const media::Array* input = Find(golden, "in_" + std::to_string(i));
    ASSERT_NE(input, nullptr);
    ASSERT_EQ(input->shape(), session->input(i).shape());
    std::ranges::copy(input->bytes(), static_cast<std::byte*>(session->input(i).data));
  }
  session->Run();
  ASSERT_NE(Find(golden, "out_0"), nullptr);
  for (size_t i = 0; i < (*model)->outputs().size(); ++i) {
    const media::Array* output = Find(golden, "out_" + std::to_string(i));
    ASSERT_NE(output, nullptr) << "output " << i;
    const std::string name((*model)->outputs()[i].name);
    ExpectClose(*output, session->output(i), variant.name, name);
  }
}

class Golden : public testing::TestWithParam<const char*> {};

TEST_P(Golden, AgreesWithLiteRt) {
  const std::string name = GetParam();
  const Arrays golden = ReadGolden(name);
  const format::AlignedBytes compiled = ImportAndCompile(name, true);
  ASSERT_FALSE(HasFailure());

  auto dir = sys::TempDir::Create();
  ASSERT_TRUE(dir.ok()) << dir.status().ToString();
  const std::string path = dir->File(name + ".vg");
  const std::span<const std::byte> bytes = compiled.bytes();
  ASSERT_TRUE(sys::WriteFileAtomic(path, {reinterpret_cast<const char*>(bytes.data()), bytes.size()}).ok());
  auto mapped = sys::MappedFile::Open(path);
  ASSERT_TRUE(mapped.ok()) << mapped.status().ToString();
  const auto file = std::make_shared<sys::MappedFile>(std::move(mapped).value());
  const auto from_file = format::VerifiedModel::Verify(file->bytes(), file);
  ASSERT_TRUE(from_file.ok()) << from_file.status().ToString();
  for (const Variant& variant : kVariants) RunAgainst(golden, *from_file, variant);

  // Nothing optimised, and from memory.
  const format::AlignedBytes plain = ImportAndCompile(name, false);
  const auto from_memory = format::VerifiedModel::Verify(plain.bytes(), nullptr);
  ASSERT_TRUE(from_memory.ok()) << from_memory.status().ToString();
  RunAgainst(golden, *from_memory, {"not optimised", 1, false});
}

INSTANTIATE_TEST_SUITE_P(Models, Golden,
                         testing::Values("ssd_mobilenetv2_objectron", "face_detection_short_range",
                                         "pose_landmark_lite"),
                         [](const auto& instance) { return std::string(instance.param); });

}  // namespace
}  // namespace verge
