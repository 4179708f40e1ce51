// The C API: translates, remembers the last error, lets no exception out.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "base/status.h"
#include "format/model/aligned_bytes.h"
#include "format/model/model.h"
#include "runtime/sized_session.h"
#include "sys/file/mapped_file.h"
#include "sys/threads/thread_pool.h"
#include "verge/verge.h"

struct verge_model {
  std::shared_ptr<const verge::runtime::Model> model;
  std::vector<std::string> input_names;  // with a terminating zero, which the file's names lack
  std::vector<std::string> output_names;
};

struct verge_session {
  std::unique_ptr<verge::sys::ThreadPool> pool;  // null: one thread. Outlives the session that borrows it
  verge::runtime::SizedSession sized;
  std::vector<verge::Shape> shapes;      // of the inputs, as they will be after verge_session_prepare
  std::vector<std::string> input_names;  // copies: the session may outlive the verge_model
  std::vector<std::string> output_names;

  verge::runtime::Session& now() { return sized.now(); }
  const verge::runtime::Session& now() const { return sized.now(); }
};

namespace {

using verge::Result;
using verge::Status;
using verge::StatusCode;
namespace format = verge::format;
namespace runtime = verge::runtime;
namespace sys = verge::sys;

static_assert(static_cast<int>(StatusCode::kInternal) == VERGE_INTERNAL);
static_assert(static_cast<int>(StatusCode::kResourceExhausted) == VERGE_RESOURCE_EXHAUSTED);
static_assert(static_cast<int>(StatusCode::kDataLoss) == VERGE_DATA_LOSS);
static_assert(static_cast<int>(verge::DType::kF64) == VERGE_F64 && verge::Shape::kMaxRank == VERGE_MAX_RANK);

std::string& LastError() {
  static thread_local std::string text;
  return text;
}

verge_code Report(const Status& status) {
  if (!status.ok()) LastError() = status.ToString();
  return static_cast<verge_code>(status.code());
}

// Runs `body`, which returns a Status; running out of memory inside becomes a code too.
template <typename Body>
verge_code Guard(const Body& body) {
  try {
    return Report(body());
  } catch (const std::bad_alloc&) {
    return Report(VERGE_ERROR(kResourceExhausted, "out of memory"));
  } catch (const std::exception& error) {
    return Report(VERGE_ERROR(kInternal, std::string(error.what())));
  }
}

// The caller's options as far as its struct reaches, zero beyond.
Result<verge_options> ReadOptions(const verge_options* options) {
  verge_options out = {};
  if (options == nullptr) return out;
  if (options->struct_size < sizeof(size_t) || options->struct_size > 4096) {
    return VERGE_ERROR(kInvalidArgument, "verge_options.struct_size is not set: use sizeof(verge_options)");
  }
  std::memcpy(&out, options, std::min(options->struct_size, sizeof(out)));
  if (out.threads < 0) return VERGE_ERROR(kInvalidArgument, "verge_options.threads is negative");
  return out;
}

using Unread = std::function<void(std::span<const std::byte>)>;  // runtime::LoadOptions::unread

Status Load(std::span<const std::byte> bytes, std::shared_ptr<const void> owner, const verge_options& options,
            Unread unread, verge_model** out) {
  format::VerifyOptions verify{.check_weights = options.skip_checksum == 0};
  if (options.max_memory_bytes != 0) verify.max_decoded_bytes = options.max_memory_bytes;
  VERGE_TRY_ASSIGN(format::VerifiedModel verified, format::VerifiedModel::Verify(bytes, std::move(owner), verify));
  runtime::LoadOptions load;
  load.threads = std::max(options.threads, 1);
  load.force_reference = options.use_reference != 0;
  if (options.max_memory_bytes != 0) {
    load.max_memory_bytes = static_cast<size_t>(std::min<uint64_t>(options.max_memory_bytes, SIZE_MAX));
  }
  load.unread = std::move(unread);
  auto model = std::make_unique<verge_model>();
  VERGE_TRY_ASSIGN(model->model, runtime::Model::Load(std::move(verified), load));
  for (const runtime::TensorInfo& info : model->model->inputs()) model->input_names.emplace_back(info.name);
  for (const runtime::TensorInfo& info : model->model->outputs()) model->output_names.emplace_back(info.name);
  *out = model.release();
  return Status::Ok();
}

Status FillInfo(std::span<const runtime::TensorInfo> infos, const std::vector<std::string>& names, size_t index,
                verge_tensor_info* info) {
  if (index >= infos.size())
    return VERGE_ERROR(kInvalidArgument, "the model has " + std::to_string(infos.size()) +
                                             " of them; there is no index " + std::to_string(index));
  if (info == nullptr || info->struct_size < sizeof(verge_tensor_info)) {
    return VERGE_ERROR(kInvalidArgument, "verge_tensor_info.struct_size is not set: use sizeof(verge_tensor_info)");
  }
  const verge::TensorType& type = infos[index].type;
  info->name = names[index].c_str();
  info->dtype = static_cast<verge_dtype>(type.dtype);
  info->rank = type.shape.rank();
  std::fill(std::begin(info->dims), std::end(info->dims), 0);
  for (int i = 0; i < type.shape.rank(); ++i) info->dims[i] = type.shape[i];
  info->bytes = *type.CheckedBytes();
  return Status::Ok();
}

Status Find(const Result<size_t>& found, size_t* index) {
  if (!found.ok()) return found.status();
  if (index != nullptr) *index = *found;
  return Status::Ok();
}

Status NullArgument() { return VERGE_ERROR(kInvalidArgument, "an argument is NULL"); }

}  // namespace

extern "C" {

const char* verge_version(void) { return VERGE_VERSION; }
const char* verge_code_name(verge_code code) { return verge::StatusCodeName(static_cast<StatusCode>(code)); }
const char* verge_last_error(void) { return LastError().c_str(); }

verge_code verge_model_load_file(const char* path, const verge_options* options, verge_model** out) {
  return Guard([&]() -> Status {
    if (path == nullptr || out == nullptr) return NullArgument();
    *out = nullptr;
    VERGE_TRY_ASSIGN(const verge_options read, ReadOptions(options));
    VERGE_TRY_ASSIGN(sys::MappedFile mapped, sys::MappedFile::Open(path));
    const auto file = std::make_shared<sys::MappedFile>(std::move(mapped));
    const auto drop = [mapping = file.get()](std::span<const std::byte> part) { mapping->Drop(part); };
    return Load(file->bytes(), file, read, drop, out).WithContext(path);
  });
}

verge_code verge_model_load_bytes(const void* bytes, size_t size, const verge_options* options, verge_model** out) {
  return Guard([&]() -> Status {
    if (bytes == nullptr || out == nullptr) return NullArgument();
    *out = nullptr;
    VERGE_TRY_ASSIGN(const verge_options read, ReadOptions(options));
    VERGE_TRY_ASSIGN(format::AlignedBytes copy,
                     format::AlignedBytes::CopyOf({static_cast<const std::byte*>(bytes), size}));
    const auto owner = std::make_shared<format::AlignedBytes>(std::move(copy));
    return Load(owner->bytes(), owner, read, nullptr, out);
  });
}

void verge_model_free(verge_model* model) { delete model; }

size_t verge_model_input_count(const verge_model* model) { return model != nullptr ? model->input_names.size() : 0; }
size_t verge_model_output_count(const verge_model* model) { return model != nullptr ? model->output_names.size() : 0; }

verge_code verge_model_input_info(const verge_model* model, size_t index, verge_tensor_info* info) {
  return Guard([&]() -> Status {
    if (model == nullptr) return NullArgument();
    return FillInfo(model->model->inputs(), model->input_names, index, info);
  });
}

verge_code verge_model_output_info(const verge_model* model, size_t index, verge_tensor_info* info) {
  return Guard([&]() -> Status {
    if (model == nullptr) return NullArgument();
    return FillInfo(model->model->outputs(), model->output_names, index, info);
  });
}

verge_code verge_model_find_input(const verge_model* model, const char* name, size_t* index) {
  return Guard([&]() -> Status {
    if (model == nullptr || name == nullptr) return NullArgument();
    return Find(model->model->FindInput(name), index);
  });
}

verge_code verge_model_find_output(const verge_model* model, const char* name, size_t* index) {
  return Guard([&]() -> Status {
    if (model == nullptr || name == nullptr) return NullArgument();
    return Find(model->model->FindOutput(name), index);
  });
}

size_t verge_model_session_bytes(const verge_model* model) {
  return model != nullptr ? model->model->arena_bytes() : 0;
}
size_t verge_model_packed_bytes(const verge_model* model) {
  return model != nullptr ? model->model->packed_bytes() : 0;
}

verge_code verge_session_create(verge_model* model, verge_session** out) {
  return Guard([&]() -> Status {
    if (model == nullptr || out == nullptr) return NullArgument();
    *out = nullptr;
    std::unique_ptr<sys::ThreadPool> pool;
    if (model->model->threads() > 1) {
      VERGE_TRY_ASSIGN(pool, sys::ThreadPool::Create(model->model->threads()));
    }
    VERGE_TRY_ASSIGN(runtime::SizedSession sized, runtime::SizedSession::Create(model->model, pool.get()));
    std::vector<verge::Shape> shapes;
    for (const runtime::TensorInfo& info : model->model->inputs()) shapes.push_back(info.type.shape);
    *out = new verge_session{std::move(pool), std::move(sized), std::move(shapes), model->input_names,
                             model->output_names};
    return Status::Ok();
  });
}

void verge_session_free(verge_session* session) { delete session; }

void* verge_session_input_data(verge_session* session, size_t index) {
  if (session == nullptr || index >= session->now().model().inputs().size()) return nullptr;
  return session->now().input(index).data;
}

const void* verge_session_output_data(const verge_session* session, size_t index) {
  if (session == nullptr || index >= session->now().model().outputs().size()) return nullptr;
  return session->now().output(index).data;
}

verge_code verge_session_set_input_shape(verge_session* session, size_t index, int32_t rank, const int64_t* dims) {
  return Guard([&]() -> Status {
    if (session == nullptr || dims == nullptr) return NullArgument();
    if (index >= session->shapes.size() || rank < 0) {
      return VERGE_ERROR(kInvalidArgument, "there is no input " + std::to_string(index) + ", or the rank is negative");
    }
    const auto shape = verge::Shape::FromSpan({dims, static_cast<size_t>(rank)});
    if (!shape) return VERGE_ERROR(kInvalidArgument, "the shape has more than 8 dimensions or a negative one");
    session->shapes[index] = *shape;
    return Status::Ok();
  });
}

verge_code verge_session_prepare(verge_session* session) {
  return Guard(
      [&]() -> Status { return session != nullptr ? session->sized.SetShapes(session->shapes) : NullArgument(); });
}

verge_code verge_session_input_info(const verge_session* session, size_t index, verge_tensor_info* info) {
  return Guard([&]() -> Status {
    if (session == nullptr) return NullArgument();
    return FillInfo(session->now().model().inputs(), session->input_names, index, info);
  });
}

verge_code verge_session_output_info(const verge_session* session, size_t index, verge_tensor_info* info) {
  return Guard([&]() -> Status {
    if (session == nullptr) return NullArgument();
    VERGE_TRY(FillInfo(session->now().model().outputs(), session->output_names, index, info));
    const verge::Shape shape = session->now().OutputShape(index);
    info->bytes = verge::DTypeBytes(static_cast<verge::DType>(info->dtype)) * shape.elems();
    std::copy(shape.dims().begin(), shape.dims().end(), info->dims);
    return Status::Ok();
  });
}

verge_code verge_session_bind_input(verge_session* session, size_t index, void* data) {
  return Guard([&]() -> Status { return session != nullptr ? session->now().BindInput(index, data) : NullArgument(); });
}

verge_code verge_session_bind_output(verge_session* session, size_t index, void* data) {
  return Guard(
      [&]() -> Status { return session != nullptr ? session->now().BindOutput(index, data) : NullArgument(); });
}

void verge_session_run(verge_session* session) {
  if (session != nullptr) session->now().Run();
}

void verge_session_reset_state(verge_session* session) {
  if (session != nullptr) session->now().ResetState();
}

}  // extern "C"
