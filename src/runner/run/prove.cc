#include "runner/run/prove.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <limits>

#include "media/npy.h"
#include "runner/model/model_store.h"
#include "runner/pipeline/pipeline.h"
#include "runner/quality/signals.h"
#include "runner/run/app_files.h"
#include "sys/file/file.h"

namespace verge::runner {
namespace {

constexpr size_t kMaxNpyBytes = size_t{256} << 20;

// Element `i` as a double; every dtype that .npy files can hold.
double At(const Tensor& t, size_t i) {
  switch (t.dtype()) {
    case DType::kF32: return static_cast<double>(t.as<float>()[i]);
    case DType::kF64: return t.as<double>()[i];
    case DType::kF16: return static_cast<double>(HalfToFloat(t.as<uint16_t>()[i]));
    case DType::kI8: return t.as<int8_t>()[i];
    case DType::kU8:
    case DType::kBool: return t.as<uint8_t>()[i];
    case DType::kI16: return t.as<int16_t>()[i];
    case DType::kI32: return t.as<int32_t>()[i];
    case DType::kI64: return static_cast<double>(t.as<int64_t>()[i]);
    case DType::kU16: return t.as<uint16_t>()[i];
    case DType::kU32: return t.as<uint32_t>()[i];
    case DType::kU64: return static_cast<double>(t.as<uint64_t>()[i]);
    case DType::kBF16: break;  // .npy has no such type
  }
  return 0;
}

// Discards events: proving says nothing to anybody.
class NoEvents final : public pipeline::EventSink {
 public:
  Status Emit(proto::RunnerEvent) override { return Status::Ok(); }
};

class Prover {
 public:
  explicit Prover(AppFiles files) : files_(std::move(files)), models_(files_.app, files_.dir) {}

  proto::ProveReport Run() {
    Add(CheckPipeline());
    const app::Health& health = files_.app.health;
    for (size_t i = 0; i < health.golden.size(); ++i) {
      const std::string name = "golden[" + std::to_string(i) + "]";
      const Status status = CheckGolden(name, health.golden[i]);
      if (!status.ok()) Add({name, false, status.ToString()});
    }
    if (health.latency) Add(CheckLatency(*health.latency));
    report_.healthy =
        std::all_of(report_.checks.begin(), report_.checks.end(), [](const auto& check) { return check.ok; });
    return report_;
  }

 private:
  void Add(proto::HealthCheck check) { report_.checks.push_back(std::move(check)); }

  proto::HealthCheck CheckPipeline() {
    NoEvents events;
    pipeline::Services services{
        .app = files_.app, .app_dir = files_.dir, .data_dir = "", .models = models_, .events = events};
    services.rules = files_.rules ? &*files_.rules : nullptr;
    services.is_check = true;
    const auto made = pipeline::Pipeline::Read(files_.pipeline, services);
    if (!made.ok()) return {"contents", false, made.status().ToString()};
    const Status tensors = quality::CheckTensors(files_.app.monitors, models_);
    if (!tensors.ok()) return {"contents", false, tensors.ToString()};
    return {"contents", true, "description, rules and pipeline fit together"};
  }

  Result<media::Array> ReadNpy(const std::string& path) const {
    VERGE_TRY_ASSIGN(const std::string bytes, app::ReadTextFile(files_.dir, path, kMaxNpyBytes));
    Result<media::Array> array = media::ReadNpy(std::as_bytes(std::span(bytes)));
    if (!array.ok()) return std::move(array).status().WithContext(path);
    return array;
  }

  static Status CheckType(const std::string& path, const media::Array& array, const Tensor& tensor) {
    if (array.dtype() == tensor.dtype() && array.shape() == tensor.shape()) return Status::Ok();
    return VERGE_ERROR(kInvalidArgument, path + ": is " + DTypeName(array.dtype()) + " " + ToString(array.shape()) +
                                             ", the model has " + DTypeName(tensor.dtype()) + " " +
                                             ToString(tensor.shape()));
  }

  Status CheckGolden(const std::string& name, const app::Golden& golden) {
    VERGE_TRY_ASSIGN(runtime::Session session, models_.NewSession(golden.model));
    if (golden.inputs.size() != session.model().inputs().size()) {
      return VERGE_ERROR(kInvalidArgument, fmt::format("gives {} inputs, the model has {}", golden.inputs.size(),
                                                       session.model().inputs().size()));
    }
    for (const auto& [tensor, path] : golden.inputs) {
      VERGE_TRY_ASSIGN(const size_t index, session.model().FindInput(tensor));
      VERGE_TRY_ASSIGN(const media::Array array, ReadNpy(path));
      VERGE_TRY(CheckType(path, array, session.input(index)));
      std::memcpy(session.input(index).data, array.bytes().data(), array.bytes().size());
    }
    session.Run();
    for (const auto& [tensor, path] : golden.outputs) {
      VERGE_TRY_ASSIGN(const size_t index, session.model().FindOutput(tensor));
      VERGE_TRY_ASSIGN(const media::Array array, ReadNpy(path));
      VERGE_TRY(CheckType(path, array, session.output(index)));
      Add(CompareTensors(name + "." + tensor, session.output(index), array.tensor(), golden.absolute, golden.relative));
    }
    return Status::Ok();
  }

  proto::HealthCheck CheckLatency(const app::LatencyBudget& budget) {
    const std::string name = "latency." + budget.model;
    Result<runtime::Session> session = models_.NewSingleThreadSession(budget.model);
    if (!session.ok()) return {name, false, session.status().ToString()};
    constexpr int kWarmUps = 2;
    std::vector<double> times_ms;
    for (int i = 0; i < kWarmUps + budget.runs; ++i) {
      const auto start = std::chrono::steady_clock::now();
      session->Run();
      const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
      if (i >= kWarmUps) times_ms.push_back(took.count());
    }
    std::sort(times_ms.begin(), times_ms.end());
    const auto rank = static_cast<size_t>(std::ceil(0.95 * static_cast<double>(times_ms.size())));
    const double p95 = times_ms[rank - 1];
    const bool is_ok = p95 <= budget.p95_ms;
    return {name, is_ok, fmt::format("p95 {:.1f} ms {} {:g} ms", p95, is_ok ? "<=" : ">", budget.p95_ms)};
  }

  AppFiles files_;
  ModelStore models_;
  proto::ProveReport report_;
};

}  // namespace

proto::HealthCheck CompareTensors(const std::string& name, const Tensor& got, const Tensor& want, double absolute,
                                  double relative) {
  const size_t count = want.shape().elems();
  double largest = 0;
  for (size_t i = 0; i < count; ++i) {
    if (std::isfinite(At(want, i))) largest = std::max(largest, std::abs(At(want, i)));
  }
  const double limit = absolute + relative * largest;
  double worst = 0;
  size_t where = 0;
  for (size_t i = 0; i < count; ++i) {
    const double a = At(got, i);
    const double b = At(want, i);
    const bool is_same = a == b || (std::isnan(a) && std::isnan(b));
    double error = is_same ? 0 : std::abs(a - b);
    if (std::isnan(error)) error = std::numeric_limits<double>::infinity();
    if (error > worst) {
      worst = error;
      where = i;
    }
  }
  if (worst <= limit) return {name, true, fmt::format("max error {:.3g} <= {:.3g}", worst, limit)};
  return {name, false, fmt::format("max error {:.3g} > {:.3g} at index {}", worst, limit, where)};
}

Result<proto::ProveReport> Prove(const std::string& dir) {
  if (!sys::IsDirectory(dir)) return VERGE_ERROR(kNotFound, dir + ": no such folder");
  Result<AppFiles> files = ReadAppFiles(dir, {});
  if (!files.ok()) {
    proto::ProveReport report;
    report.checks.push_back({"contents", false, files.status().ToString()});
    return report;
  }
  return Prover(*std::move(files)).Run();
}

}  // namespace verge::runner
