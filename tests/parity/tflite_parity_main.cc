// Runs every TFLite model that has a recorded LiteRT run (VERGE_DATA/goldens) and compares: tflite_parity LIST
// [MODEL...]
//
// Models    VERGE_DATA/models/<path>.tflite, for npm/<name> VERGE_CACHE/models/<name>.tflite
// Runs      the optimised model with the default kernels and with the reference kernels
// Fails     when a row's bounds do not hold, a golden is in no row, or a row's model or golden is missing
// Exit      0 all hold; 1 some do not; 77 without VERGE_DATA: nothing was tested
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <random>
#include <set>
#include <string>

#include "compile/compile.h"
#include "import/tflite/import.h"
#include "media/npy.h"
#include "ops/elem.h"
#include "parity/compare.h"
#include "parity/list.h"
#include "runtime/session.h"
#include "sys/file/file.h"
#include "sys/file/mapped_file.h"

namespace verge::parity {
namespace {

constexpr int kSkipped = 77;
constexpr size_t kDeepLayers = 100;
constexpr size_t kMaxGoldenBytes = size_t{1} << 28;

using Arrays = std::vector<std::pair<std::string, media::Array>>;

struct Folders {
  std::string data;
  std::string cache;
  std::string Golden(const std::string& model) const { return data + "/goldens/" + model + ".npz"; }
  std::string Model(const std::string& model) const {
    if (model.starts_with("npm/")) return cache + "/models/" + model.substr(4) + ".tflite";
    return data + "/models/" + model + ".tflite";
  }
};

const media::Array* Find(const Arrays& arrays, const std::string& name) {
  for (const auto& [key, array] : arrays) {
    if (key == name) return &array;
  }
  return nullptr;
}

// "in_0", or "in_0.step07" in the recording of a model with state.
std::string MemberName(const char* what, size_t index, int step) {
  std::string name = what + std::to_string(index);
  if (step < 0) return name;
  return name + (step < 10 ? ".step0" : ".step") + std::to_string(step);
}

Status SetInputs(const Arrays& golden, int step, runtime::Session& session) {
  for (size_t i = 0; i < session.model().inputs().size(); ++i) {
    const std::string name = MemberName("in_", i, step);
    const media::Array* array = Find(golden, name);
    if (array == nullptr) return VERGE_ERROR(kDataLoss, "the golden has no " + name);
    const Tensor& input = session.input(i);
    if (array->dtype() != input.dtype() || array->shape() != input.shape()) {
      return VERGE_ERROR(kDataLoss, name + " is " + DTypeName(array->dtype()) + ToString(array->shape()) +
                                        ", the model wants " + DTypeName(input.dtype()) + ToString(input.shape()));
    }
    std::ranges::copy(array->bytes(), static_cast<std::byte*>(input.data));
  }
  return Status::Ok();
}

Status CompareOutputs(const Row& row, const Arrays& golden, int step, const runtime::Session& session, Difference& d) {
  for (size_t i = 0; i < session.model().outputs().size(); ++i) {
    const std::string name = MemberName("out_", i, step);
    const media::Array* array = Find(golden, name);
    if (array == nullptr) return VERGE_ERROR(kDataLoss, "the golden has no " + name);
    Compare(row, array->tensor(), session.output(i), d);
    if (!d.mismatch.empty()) return VERGE_ERROR(kDataLoss, name + " " + d.mismatch);
  }
  return Status::Ok();
}

Result<runtime::Session> Load(const format::VerifiedModel& verified, bool force_reference) {
  VERGE_TRY_ASSIGN(const auto model, runtime::Model::Load(verified, {.force_reference = force_reference}));
  return runtime::Session::Create(model);
}

Result<Difference> RunGolden(const Row& row, const Arrays& golden, const format::VerifiedModel& verified, bool force) {
  Difference d;
  VERGE_TRY_ASSIGN(runtime::Session session, Load(verified, force));
  const bool has_steps = Find(golden, MemberName("out_", 0, 0)) != nullptr;
  for (int step = has_steps ? 0 : -1; step < 0 || Find(golden, MemberName("out_", 0, step)) != nullptr; ++step) {
    VERGE_TRY(SetInputs(golden, step, session));
    session.Run();
    VERGE_TRY(CompareOutputs(row, golden, step, session, d));
    if (!has_steps) break;
  }
  return d;
}

// A smooth pattern with noise, the same on every run.
void Invent(const Tensor& input) {
  std::mt19937 random(7);
  ops::Dispatch(input.dtype(), [&]<typename T>() {
    for (size_t i = 0; i < input.shape().elems(); ++i) {
      const double noise = static_cast<double>(random() % 256) / 256;
      const double wave = (0.5 + 0.4 * std::sin(static_cast<double>(i) * 0.01)) * 0.8 + 0.2 * noise;
      const bool is_signed = input.dtype() == DType::kI8 || input.dtype() == DType::kI16;
      const double scaled = ops::IsFloatDType(input.dtype()) ? wave : wave * 255 - (is_signed ? 128 : 0);
      input.as<T>()[i] = T(static_cast<ops::Compute<T>>(scaled));
    }
  });
}

Result<Difference> RunAlone(const Row& row, const format::VerifiedModel& verified) {
  Difference d;
  VERGE_TRY_ASSIGN(runtime::Session fast, Load(verified, false));
  VERGE_TRY_ASSIGN(runtime::Session reference, Load(verified, true));
  for (runtime::Session* session : {&fast, &reference}) {
    for (size_t i = 0; i < session->model().inputs().size(); ++i) Invent(session->input(i));
    session->Run();
  }
  for (size_t i = 0; i < fast.model().outputs().size(); ++i) Compare(row, reference.output(i), fast.output(i), d);
  return d;
}

// Sizes that the file leaves open, as the row says.
Result<compile::ImportOptions> OptionsFor(std::span<const std::byte> file, const Row& row) {
  compile::ImportOptions options;
  if (row.open == 0) return options;
  VERGE_TRY_ASSIGN(const std::vector<tflite::InputInfo> inputs, tflite::ModelInputs(file));
  for (tflite::InputInfo input : inputs) {
    for (size_t d = 0; d < input.dims.size(); ++d) {
      if (input.dims[d] < 0) input.dims[d] = d == 0 ? 1 : static_cast<int64_t>(row.open);
    }
    const std::optional<Shape> shape = Shape::FromSpan(input.dims);
    if (shape) options.shapes[input.name] = *shape;
  }
  return options;
}

Result<format::AlignedBytes> ImportAndCompile(const std::string& path, const Row& row) {
  VERGE_TRY_ASSIGN(const auto file, sys::MappedFile::Open(path));
  VERGE_TRY_ASSIGN(const compile::ImportOptions options, OptionsFor(file.bytes(), row));
  VERGE_TRY_ASSIGN(ir::Graph graph, compile::Import(file.bytes(), row.model, options));
  VERGE_TRY_ASSIGN(compile::Compiled compiled, compile::Compile(std::move(graph)));
  return std::move(compiled.bytes);
}

bool Report(const Row& row, const char* variant, const Difference& d) {
  const bool passes = Passes(row, d);
  std::printf("%-56s %-7s %-9s %9zu %8.4f %% %10.3g%s  %s\n", row.model.c_str(), ClassName(row.kind), variant, d.values,
              100 * d.share_off(), d.worst, d.is_float ? " max" : " step", passes ? "ok" : "FAILED");
  return passes;
}

Status CheckModel(const Row& row, const Folders& folders, bool& passes) {
  if (row.kind == Class::kPending) {
    passes = std::filesystem::exists(folders.Model(row.model));
    if (!passes) return VERGE_ERROR(kNotFound, "no model at " + folders.Model(row.model));
    std::printf("%-56s pending: %s\n", row.model.c_str(), row.reason.c_str());
    return Status::Ok();
  }
  VERGE_TRY_ASSIGN(const format::AlignedBytes compiled, ImportAndCompile(folders.Model(row.model), row));
  VERGE_TRY_ASSIGN(const auto verified, format::VerifiedModel::Verify(compiled.bytes(), nullptr));
  const size_t layers = verified.tables().nodes.size();
  if (row.kind == Class::kDeep && layers <= kDeepLayers) {
    return VERGE_ERROR(kInvalidArgument, "is listed as deep but has " + std::to_string(layers) + " layers");
  }
  if (row.kind == Class::kAlone) {
    VERGE_TRY_ASSIGN(const Difference d, RunAlone(row, verified));
    passes = Report(row, "both", d);
    return Status::Ok();
  }
  VERGE_TRY_ASSIGN(const std::string bytes, sys::ReadFile(folders.Golden(row.model), kMaxGoldenBytes));
  VERGE_TRY_ASSIGN(const Arrays golden, media::ReadNpz(std::as_bytes(std::span(bytes))));
  passes = true;
  for (const bool force : {false, true}) {
    VERGE_TRY_ASSIGN(const Difference d, RunGolden(row, golden, verified, force));
    passes &= Report(row, force ? "reference" : "default", d);
  }
  return Status::Ok();
}

// Goldens that no row names.
size_t ReportStrangers(const std::vector<Row>& rows, const Folders& folders) {
  std::set<std::string> known;
  for (const Row& row : rows) known.insert(row.model);
  const std::filesystem::path root = folders.data + "/goldens";
  size_t strangers = 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root, error)) {
    if (entry.path().extension() != ".npz") continue;
    const std::string name = entry.path().lexically_relative(root).replace_extension().string();
    if (known.contains(name)) continue;
    std::printf("%-56s is in no row of the list\n", name.c_str());
    ++strangers;
  }
  if (error) std::printf("cannot read %s: %s\n", root.c_str(), error.message().c_str());
  return strangers + (error ? 1 : 0);
}

int Run(const char* list, std::span<char*> only) {
  const char* data = std::getenv("VERGE_DATA");
  if (data == nullptr || *data == 0) {
    std::puts("VERGE_DATA is not set: no golden was compared");
    return kSkipped;
  }
  const char* cache = std::getenv("VERGE_CACHE");
  const Folders folders{data, cache != nullptr ? cache : VERGE_CACHE_DIR};
  const Result<std::string> text = sys::ReadFile(list, size_t{1} << 20);
  const Result<std::vector<Row>> rows = text.ok() ? ParseList(*text) : text.status();
  if (!rows.ok()) {
    std::printf("%s: %s\n", list, rows.status().ToString().c_str());
    return 1;
  }
  std::printf("%-56s %-7s %-9s %9s %10s %15s\n", "model", "class", "kernels", "values", "off", "worst");
  size_t failed = 0, pending = 0, passed = 0;
  for (const Row& row : *rows) {
    const bool is_wanted = only.empty() || std::ranges::any_of(only, [&](const char* part) {
                             return row.model.find(part) != std::string::npos;
                           });
    if (!is_wanted) continue;
    bool passes = false;
    const Status status = CheckModel(row, folders, passes);
    if (!status.ok()) std::printf("%-56s FAILED: %s\n", row.model.c_str(), status.ToString().c_str());
    size_t& count = row.kind == Class::kPending ? pending : passed;
    ++(status.ok() && passes ? count : failed);
    std::fflush(stdout);
  }
  if (only.empty()) failed += ReportStrangers(*rows, folders);
  std::printf("%zu models agree, %zu do not, %zu are pending\n", passed, failed, pending);
  return failed == 0 && passed > 0 ? 0 : 1;
}

}  // namespace
}  // namespace verge::parity

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: tflite_parity LIST [PART-OF-A-MODEL-NAME...]\n", stderr);
    return 1;
  }
  return verge::parity::Run(argv[1], std::span(argv + 2, static_cast<size_t>(argc - 2)));
}
