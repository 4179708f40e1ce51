/* libverge: run .vg models from C, and from anything that can call C.
 *
 *   verge_model* model;
 *   verge_session* session;
 *   if (verge_model_load_file("detector.vg", NULL, &model) != VERGE_OK) puts(verge_last_error());
 *   if (verge_session_create(model, &session) != VERGE_OK) puts(verge_last_error());
 *   memcpy(verge_session_input_data(session, 0), pixels, bytes);
 *   verge_session_run(session);
 *   const float* scores = verge_session_output_data(session, 1);
 *   ...
 *   verge_session_free(session);
 *   verge_model_free(model);
 *
 * Stable     Functions and structs keep their meaning; new ones are added. Structs start with their size, which the
 *            caller sets, so that a newer library understands an older caller.
 * Ownership  What a create or load function gives is freed by the matching free function, which accepts NULL. A session
 *            keeps its model alive: either may be freed first. Names and tensor memory live as long as the object
 *            they were asked of.
 * Threads    A model may be used from several threads. A session is used by one thread at a time.
 * Errors     Functions that can fail return a verge_code; verge_last_error() then tells what was wrong, for the calling
 *            thread, until its next failing call. Out-parameters are set to NULL or left alone on failure.
 */
#ifndef VERGE_VERGE_H_
#define VERGE_VERGE_H_

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define VERGE_API __attribute__((visibility("default")))
#else
#define VERGE_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef enum verge_code {
  VERGE_OK = 0,
  VERGE_INVALID_ARGUMENT = 1, /* the caller's fault: change the call */
  VERGE_UNSUPPORTED = 2,      /* well formed, but this build cannot do it */
  VERGE_DATA_LOSS = 3,        /* damaged, truncated or forged bytes */
  VERGE_NOT_FOUND = 4,
  VERGE_ALREADY_EXISTS = 5,
  VERGE_PERMISSION = 6,
  VERGE_FAILED_PRECONDITION = 7,
  VERGE_RESOURCE_EXHAUSTED = 8, /* out of memory, or above a limit */
  VERGE_UNAVAILABLE = 9,        /* retry later */
  VERGE_DEADLINE = 10,
  VERGE_CANCELLED = 11,
  VERGE_ABORTED = 12,
  VERGE_INTERNAL = 13 /* a bug in Verge */
} verge_code;

/* Element types; the numbers are those of the .vg format. */
typedef enum verge_dtype {
  VERGE_F32 = 0,
  VERGE_F16 = 1,
  VERGE_BF16 = 2,
  VERGE_I8 = 3,
  VERGE_U8 = 4,
  VERGE_I16 = 5,
  VERGE_I32 = 6,
  VERGE_I64 = 7,
  VERGE_BOOL = 8,
  VERGE_F64 = 9
} verge_dtype;

enum { VERGE_MAX_RANK = 8 };

typedef struct verge_model verge_model;
typedef struct verge_session verge_session;

/* Zero-initialise, set struct_size to sizeof(verge_options), then change what you need. 0 means the default. */
typedef struct verge_options {
  size_t struct_size;
  int32_t threads;           /* threads of each session, the caller's included; default 1 */
  int32_t use_reference;     /* not 0: plain reference kernels, for checking results */
  int32_t skip_checksum;     /* not 0: do not read all weights at load to compare their checksum */
  uint64_t max_memory_bytes; /* limit on decoded and packed weights plus one session's memory; default 8 GiB */
} verge_options;

typedef struct verge_tensor_info {
  size_t struct_size; /* set by the caller: sizeof(verge_tensor_info) */
  const char* name;
  verge_dtype dtype;
  int32_t rank;
  int64_t dims[VERGE_MAX_RANK];
  size_t bytes;
} verge_tensor_info;

/* "0.1.0" */
VERGE_API const char* verge_version(void);
/* "invalid argument", "data loss", ... */
VERGE_API const char* verge_code_name(verge_code code);
/* Text of the calling thread's last failure; "" when there was none. */
VERGE_API const char* verge_last_error(void);

/* Maps the file and verifies it completely. `options` may be NULL. The file must not be changed while it is in use. */
VERGE_API verge_code verge_model_load_file(const char* path, const verge_options* options, verge_model** out);
/* The same for bytes in memory, which are copied. */
VERGE_API verge_code verge_model_load_bytes(const void* bytes, size_t size, const verge_options* options,
                                            verge_model** out);
VERGE_API void verge_model_free(verge_model* model);

VERGE_API size_t verge_model_input_count(const verge_model* model);
VERGE_API size_t verge_model_output_count(const verge_model* model);
/* VERGE_INVALID_ARGUMENT when there is no such index, or struct_size is not set. */
VERGE_API verge_code verge_model_input_info(const verge_model* model, size_t index, verge_tensor_info* info);
VERGE_API verge_code verge_model_output_info(const verge_model* model, size_t index, verge_tensor_info* info);
/* Index of a name; VERGE_NOT_FOUND with a message that lists the names there are. */
VERGE_API verge_code verge_model_find_input(const verge_model* model, const char* name, size_t* index);
VERGE_API verge_code verge_model_find_output(const verge_model* model, const char* name, size_t* index);
/* Bytes of memory that each session takes, and bytes that all sessions share (packed weights). */
VERGE_API size_t verge_model_session_bytes(const verge_model* model);
VERGE_API size_t verge_model_packed_bytes(const verge_model* model);

VERGE_API verge_code verge_session_create(verge_model* model, verge_session** out);
VERGE_API void verge_session_free(verge_session* session);

/* Models with open sizes (verge import --dynamic): says which shapes the inputs will have, then plans for them. Each
 * shape is planned once; the last few are kept. After verge_session_prepare, ask again for the data pointers. A refusal
 * leaves the session as it was. A session starts with the smallest sizes. */
VERGE_API verge_code verge_session_set_input_shape(verge_session* session, size_t index, int32_t rank,
                                                   const int64_t* dims);
VERGE_API verge_code verge_session_prepare(verge_session* session);
/* As verge_model_input_info, for the shapes of now. An output whose size depends on data (boxes after suppression) has
 * the size that the last run gave it, maybe 0; its elements lie densely packed by that shape. */
VERGE_API verge_code verge_session_input_info(const verge_session* session, size_t index, verge_tensor_info* info);
VERGE_API verge_code verge_session_output_info(const verge_session* session, size_t index, verge_tensor_info* info);

/* 64-byte aligned memory of an input or output; NULL when there is no such index. Inputs keep what was written until it
 * is written again; outputs are valid until the next run. */
VERGE_API void* verge_session_input_data(verge_session* session, size_t index);
VERGE_API const void* verge_session_output_data(const verge_session* session, size_t index);
/* Lets the session read an input from, or write an output to, the caller's memory: 64-byte aligned, as large as the
 * tensor, and alive for as long as the session runs. */
VERGE_API verge_code verge_session_bind_input(verge_session* session, size_t index, void* data);
VERGE_API verge_code verge_session_bind_output(verge_session* session, size_t index, void* data);
/* Computes the outputs. Takes no memory and cannot fail. */
VERGE_API void verge_session_run(verge_session* session);
/* Models with memory (streaming ones) keep it in the session from run to run: this makes it as it was at first. */
VERGE_API void verge_session_reset_state(verge_session* session);

#ifdef __cplusplus
}
#endif

#endif /* VERGE_VERGE_H_ */
