// How small real models become in each form of storage, and that nothing changes: every encoded file holds the
// constants of the plain one bit for bit and computes the same bits. $VERGE_DATA has the models; status 77 where it is
// not set.
//
// Rounding, clustering and pruning here are the simplest there are: the sizes are what is of interest, not accuracy.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "compile/compile.h"
#include "format/model/model.h"
#include "runtime/session.h"
#include "sys/file/mapped_file.h"

namespace verge {
namespace {

constexpr const char* kFloatModels[] = {"mlperf-tiny/vww_96_float.tflite", "mlperf-tiny/ad01_fp32.tflite",
                                        "mlperf-tiny/pretrainedResnet.tflite",
                                        "tflite-support/mobilenet_v1_0.25_224_1_default_1.tflite"};
constexpr const char* kIntegerModels[] = {"mlperf-tiny/vww_96_int8.tflite", "mlperf-tiny/ad01_int8.tflite",
                                          "mlperf-tiny/pretrainedResnet_quant.tflite",
                                          "tflite-support/mobilenet_v1_0.25_224_quant.tflite"};
constexpr size_t kWeights = 256;  // constants with fewer elements (biases, shapes) stay as they are

// Calls f(floats, count) for a writable copy of each large f32 constant.
template <typename F>
void ChangeWeights(ir::Graph& graph, const F& f) {
  for (ir::Value& value : graph.values) {
    if (!value.is_constant() || value.dtype != DType::kF32 || value.shape.elems() < kWeights) continue;
    const auto copy = ir::Buffer::CopyOf(value.constant->data(), value.constant->size());
    f(reinterpret_cast<float*>(copy->mutable_data()), value.shape.elems());
    value.constant = copy;
  }
}

void RoundToHalves(float* w, size_t n) {
  for (size_t i = 0; i < n; ++i) w[i] = HalfToFloat(FloatToHalf(w[i]));
}

// The share of smallest magnitude becomes zero.
void Prune(float* w, size_t n, double share) {
  std::vector<float> magnitudes(w, w + n);
  for (float& m : magnitudes) m = std::fabs(m);
  const auto at = magnitudes.begin() + static_cast<std::ptrdiff_t>(static_cast<double>(n) * share);
  std::nth_element(magnitudes.begin(), at, magnitudes.end());
  for (size_t i = 0; i < n; ++i) w[i] = std::fabs(w[i]) < *at ? 0.0F : w[i];
}

// Lloyd's algorithm on numbers, from evenly spaced centres; zero stays zero.
void Cluster(float* w, size_t n, size_t clusters) {
  const auto [lo, hi] = std::minmax_element(w, w + n);
  std::vector<double> centres(clusters);
  for (size_t c = 0; c < clusters; ++c) {
    centres[c] = static_cast<double>(*lo) +
                 (static_cast<double>(*hi - *lo) * (static_cast<double>(c) + 0.5)) / static_cast<double>(clusters);
  }
  const auto nearest = [&](float v) {
    const auto above = std::lower_bound(centres.begin(), centres.end(), static_cast<double>(v));
    const auto at = static_cast<size_t>(above - centres.begin());
    if (at == 0) return at;
    if (at == clusters) return clusters - 1;
    return static_cast<double>(v) - centres[at - 1] < centres[at] - static_cast<double>(v) ? at - 1 : at;
  };
  for (int round = 0; round < 20; ++round) {
    std::vector<double> sums(clusters, 0), counts(clusters, 0);
    for (size_t i = 0; i < n; ++i) {
      if (w[i] == 0) continue;
      sums[nearest(w[i])] += static_cast<double>(w[i]);
      ++counts[nearest(w[i])];
    }
    for (size_t c = 0; c < clusters; ++c) centres[c] = counts[c] > 0 ? sums[c] / counts[c] : centres[c];
    std::sort(centres.begin(), centres.end());
  }
  for (size_t i = 0; i < n; ++i) w[i] = w[i] == 0 ? 0.0F : static_cast<float>(centres[nearest(w[i])]);
}

Result<std::vector<std::byte>> RunOnce(const format::AlignedBytes& bytes) {
  VERGE_TRY_ASSIGN(format::VerifiedModel verified, format::VerifiedModel::Verify(bytes.bytes(), nullptr));
  VERGE_TRY_ASSIGN(const auto model, runtime::Model::Load(std::move(verified)));
  VERGE_TRY_ASSIGN(runtime::Session session, runtime::Session::Create(model));
  const Tensor& x = session.input(0);
  for (size_t i = 0; i < x.shape().elems(); ++i) {
    if (x.dtype() == DType::kF32) {
      x.as<float>()[i] = 0.001F * static_cast<float>(i * 7919 % 1999) - 1;
    } else {
      x.as<uint8_t>()[i] = static_cast<uint8_t>(i * 7919 % 251);
    }
  }
  session.Run();
  const Tensor& y = session.output(0);
  const auto* data = static_cast<const std::byte*>(y.data);
  return std::vector<std::byte>(data, data + y.type.CheckedBytes().value_or(0));
}

Status CheckSame(const format::AlignedBytes& plain, const format::AlignedBytes& encoded) {
  VERGE_TRY_ASSIGN(const auto a, format::VerifiedModel::Verify(plain.bytes(), nullptr));
  VERGE_TRY_ASSIGN(const auto b, format::VerifiedModel::Verify(encoded.bytes(), nullptr));
  for (uint32_t i = 0; i < a.tables().values.size(); ++i) {
    const format::ModelValue& want = a.value(i);
    if (want.constant == nullptr) continue;
    if (std::memcmp(want.constant, b.value(i).constant, want.type.CheckedBytes().value_or(0)) != 0) {
      return VERGE_ERROR(kInternal, "constant " + std::string(want.name) + " did not come back");
    }
  }
  VERGE_TRY_ASSIGN(const auto want, RunOnce(plain));
  VERGE_TRY_ASSIGN(const auto got, RunOnce(encoded));
  return want == got ? Status::Ok() : VERGE_ERROR(kInternal, "the encoded model computes something else");
}

// One row of the table: a form of `graph`, at most `limit` of `base_bytes`. Returns the file's bytes.
Result<size_t> Row(const char* what, const ir::Graph& graph, const char* storage, size_t base_bytes, double limit) {
  VERGE_TRY_ASSIGN(const format::AlignedBytes plain, compile::Lower(graph));
  VERGE_TRY_ASSIGN(const format::StorageOptions options, format::ParseStorage(storage));
  VERGE_TRY_ASSIGN(const format::AlignedBytes encoded, compile::Lower(graph, options));
  VERGE_TRY(CheckSame(plain, encoded));
  const size_t bytes = encoded.bytes().size();
  const double ratio = static_cast<double>(bytes) / static_cast<double>(base_bytes == 0 ? bytes : base_bytes);
  std::printf("  %-28s %-28s %9zu  %.3f\n", what, storage, bytes, ratio);
  if (ratio > limit) return VERGE_ERROR(kInternal, std::string(what) + ": larger than it may be");
  return bytes;
}

Result<ir::Graph> Import(const std::string& models, const std::string& name) {
  VERGE_TRY_ASSIGN(const sys::MappedFile file, sys::MappedFile::Open(models + "/" + name));
  VERGE_TRY_ASSIGN(ir::Graph graph, compile::Import(file.bytes(), name));
  VERGE_TRY(compile::Optimise(graph, {}).status());
  return graph;
}

Status Measure(const std::string& models, const char* float_model, const char* integer_model) {
  std::printf("%s\n", float_model);
  VERGE_TRY_ASSIGN(const ir::Graph trained, Import(models, float_model));
  VERGE_TRY_ASSIGN(const size_t base, Row("f32", trained, "none", 0, 1));
  VERGE_TRY(Row("f32", trained, "all", base, 1).status());
  ir::Graph halves = trained;
  ChangeWeights(halves, RoundToHalves);
  VERGE_TRY(Row("rounded to halves", halves, "half", base, 0.6).status());
  VERGE_TRY(Row("rounded to halves", halves, "half,entropy", base, 0.6).status());
  for (const size_t clusters : {size_t{32}, size_t{16}}) {
    ir::Graph clustered = trained;
    ChangeWeights(clustered, [&](float* w, size_t n) { Cluster(w, n, clusters); });
    const std::string what = std::to_string(clusters) + " values a tensor";
    VERGE_TRY(Row(what.c_str(), clustered, "code_book", base, 0.2).status());
    VERGE_TRY(Row(what.c_str(), clustered, "code_book,entropy", base, clusters == 16 ? 0.15 : 0.2).status());
  }
  ir::Graph sparse = trained;
  ChangeWeights(sparse, [](float* w, size_t n) { Prune(w, n, 0.8); });
  VERGE_TRY(Row("80 % zeros", sparse, "sparse", base, 0.4).status());
  ChangeWeights(sparse, [](float* w, size_t n) { Cluster(w, n, 16); });
  VERGE_TRY(Row("80 % zeros, 16 values", sparse, "all", base, 0.1).status());
  std::printf("%s\n", integer_model);
  VERGE_TRY_ASSIGN(const ir::Graph integers, Import(models, integer_model));
  VERGE_TRY(Row("8 bits", integers, "none", base, 1).status());
  VERGE_TRY(Row("8 bits", integers, "entropy", base, 1).status());
  return Status::Ok();
}

}  // namespace
}  // namespace verge

int main() {
  const char* data = std::getenv("VERGE_DATA");
  if (data == nullptr) {
    std::printf("not run: VERGE_DATA is not set\n");
    return 77;
  }
  const std::string models = std::string(data) + "/models";
  int failures = 0;
  for (size_t i = 0; i < std::size(verge::kFloatModels); ++i) {
    const verge::Status status = verge::Measure(models, verge::kFloatModels[i], verge::kIntegerModels[i]);
    if (status.ok()) continue;
    std::printf("FAILED %s: %s\n", verge::kFloatModels[i], status.ToString().c_str());
    ++failures;
  }
  return failures == 0 ? 0 : 1;
}
