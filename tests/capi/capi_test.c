/* The C API as a C program sees it. argv[1]: a small model (x -> conv2d, relu -> y; y + y -> z). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verge/verge.h"

static int failures = 0;

#define EXPECT(condition)                                                                      \
  do {                                                                                         \
    if (!(condition)) {                                                                        \
      fprintf(stderr, "%s:%d: %s (%s)\n", __FILE__, __LINE__, #condition, verge_last_error()); \
      ++failures;                                                                              \
    }                                                                                          \
  } while (0)

static void* ReadAll(const char* path, size_t* size) {
  FILE* file = fopen(path, "rb");
  if (file == NULL) return NULL;
  void* bytes = malloc(1 << 20);
  *size = bytes != NULL ? fread(bytes, 1, 1 << 20, file) : 0;
  fclose(file);
  return bytes;
}

static void TestErrors(const char* path) {
  verge_model* model = (verge_model*)1;
  EXPECT(verge_model_load_file("no/such/model.vg", NULL, &model) == VERGE_NOT_FOUND);
  EXPECT(model == NULL);
  EXPECT(strstr(verge_last_error(), "no/such/model.vg") != NULL);
  EXPECT(verge_model_load_bytes("hello", 5, NULL, &model) == VERGE_DATA_LOSS);
  EXPECT(strcmp(verge_code_name(VERGE_DATA_LOSS), "data loss") == 0);
  EXPECT(verge_model_load_file(NULL, NULL, &model) == VERGE_INVALID_ARGUMENT);
  verge_options unset;
  memset(&unset, 0, sizeof(unset));
  EXPECT(verge_model_load_file(path, &unset, &model) == VERGE_INVALID_ARGUMENT);
  verge_options tight = {sizeof(verge_options), 1, 0, 0, 64};
  EXPECT(verge_model_load_file(path, &tight, &model) == VERGE_RESOURCE_EXHAUSTED);
  verge_model_free(NULL);
  verge_session_free(NULL);
}

static void TestInfo(verge_model* model) {
  EXPECT(verge_model_input_count(model) == 1);
  EXPECT(verge_model_output_count(model) == 2);
  verge_tensor_info info = {sizeof(verge_tensor_info), NULL, VERGE_F64, 0, {0}, 0};
  EXPECT(verge_model_input_info(model, 0, &info) == VERGE_OK);
  EXPECT(strcmp(info.name, "x") == 0);
  EXPECT(info.dtype == VERGE_F32 && info.rank == 4 && info.dims[1] == 6 && info.bytes == 240);
  EXPECT(verge_model_output_info(model, 2, &info) == VERGE_INVALID_ARGUMENT);
  size_t index = 9;
  EXPECT(verge_model_find_output(model, "z", &index) == VERGE_OK);
  EXPECT(index == 1);
  EXPECT(verge_model_find_input(model, "image", &index) == VERGE_NOT_FOUND);
  EXPECT(strstr(verge_last_error(), "x [1, 6, 5, 2] f32") != NULL);
  EXPECT(verge_model_session_bytes(model) >= 240);
}

static void FillInput(verge_session* session) {
  float* x = verge_session_input_data(session, 0);
  for (int i = 0; i < 60; ++i) x[i] = 0.05f * (float)(i % 7);
}

/* The first output channel of the first pixel: bias 1, every weight 0.25. */
static float Expected(const float* x) {
  float sum = 1;
  for (int p = 0; p < 3; ++p) {
    for (int q = 0; q < 6; ++q) sum += 0.25f * x[p * 10 + q];
  }
  return sum < 6 ? sum : 6;
}

static void TestRun(verge_model* model) {
  verge_session* session = NULL;
  EXPECT(verge_session_create(model, &session) == VERGE_OK);
  verge_model_free(model); /* the session keeps it alive */
  FillInput(session);
  verge_session_run(session);
  const float* x = verge_session_input_data(session, 0);
  const float* y = verge_session_output_data(session, 0);
  const float* z = verge_session_output_data(session, 1);
  EXPECT(fabsf(y[0] - Expected(x)) < 1e-5f);
  EXPECT(fabsf(z[0] - 2 * y[0]) < 1e-5f);
  EXPECT(verge_session_output_data(session, 2) == NULL);
  void* own = aligned_alloc(64, 192);
  EXPECT(verge_session_bind_output(session, 0, own) == VERGE_OK);
  EXPECT(verge_session_bind_output(session, 0, (char*)own + 1) == VERGE_INVALID_ARGUMENT);
  verge_session_run(session);
  EXPECT(fabsf(((const float*)own)[0] - Expected(x)) < 1e-5f);
  verge_tensor_info info = {.struct_size = sizeof(info)};
  EXPECT(verge_session_input_info(session, 0, &info) == VERGE_OK && info.rank == 4);
  EXPECT(verge_session_set_input_shape(session, 0, 4, info.dims) == VERGE_OK);
  EXPECT(verge_session_prepare(session) == VERGE_OK);
  info.dims[1] += 1; /* nothing is open in this model */
  EXPECT(verge_session_set_input_shape(session, 0, 4, info.dims) == VERGE_OK);
  EXPECT(verge_session_prepare(session) == VERGE_INVALID_ARGUMENT);
  EXPECT(verge_session_set_input_shape(session, 9, 4, info.dims) == VERGE_INVALID_ARGUMENT);
  EXPECT(verge_session_output_info(session, 1, &info) == VERGE_OK && info.rank == 4);
  verge_session_reset_state(session);
  verge_session_free(session);
  free(own);
}

int main(int argc, char** argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: capi_test MODEL.vg\n");
    return 2;
  }
  TestErrors(argv[1]);
  verge_model* model = NULL;
  EXPECT(verge_model_load_file(argv[1], NULL, &model) == VERGE_OK);
  TestInfo(model);
  TestRun(model);

  size_t size = 0;
  void* bytes = ReadAll(argv[1], &size);
  verge_options options = {sizeof(verge_options), 2, 1, 1, 0};
  EXPECT(verge_model_load_bytes(bytes, size, &options, &model) == VERGE_OK);
  free(bytes); /* was copied */
  TestRun(model);
  printf("%s %s\n", verge_version(), failures == 0 ? "passed" : "FAILED");
  return failures == 0 ? 0 : 1;
}
