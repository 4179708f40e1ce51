// F(isa, ...) for every instruction set that kernels are compiled for on this processor family, best first; the second
// list is that of the integer families. The same lists as in cmake/kernels.cmake: a name that only one of them has does
// not link or is not tested.
#pragma once

#if defined(__x86_64__)
#define VERGE_FOR_EACH_ISA(F, ...) F(avx512, __VA_ARGS__) F(avx2, __VA_ARGS__)
#define VERGE_FOR_EACH_INT_ISA(F, ...) \
  F(vnni, __VA_ARGS__) F(avx512, __VA_ARGS__) F(avxvnni, __VA_ARGS__) F(avx2, __VA_ARGS__)
#elif defined(__aarch64__)
#define VERGE_FOR_EACH_ISA(F, ...) F(neon, __VA_ARGS__)
#define VERGE_FOR_EACH_INT_ISA(F, ...) F(i8mm, __VA_ARGS__) F(neondot, __VA_ARGS__) F(neon, __VA_ARGS__)
#else
#define VERGE_FOR_EACH_ISA(F, ...)
#define VERGE_FOR_EACH_INT_ISA(F, ...)
#endif
