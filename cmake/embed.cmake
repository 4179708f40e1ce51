# verge_embed(NAME openapi FILES a.yaml b.js ...)
#     A static library `verge_embed_openapi` with the files' bytes. Its one function is declared where it is used:
#         namespace verge::embed { std::span<const EmbeddedFile> openapi(); }      (base/embedded_file.h)
#     Files are named by their last path part. They may be outputs of other targets: then name those in DEPENDS too.
set(VERGE_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/embed_script.cmake)

function(verge_embed)
  cmake_parse_arguments(A "" "NAME" "FILES;DEPENDS" ${ARGN})
  set(output ${CMAKE_CURRENT_BINARY_DIR}/embed_${A_NAME}.cc)
  list(JOIN A_FILES "|" joined)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DNAME=${A_NAME} -DOUTPUT=${output} -DFILES=${joined} -P ${VERGE_EMBED_SCRIPT}
    DEPENDS ${A_FILES} ${A_DEPENDS} ${VERGE_EMBED_SCRIPT}
    COMMENT "Embedding ${A_NAME}"
    VERBATIM)
  add_library(verge_embed_${A_NAME} STATIC ${output})
  target_link_libraries(verge_embed_${A_NAME} PRIVATE verge_flags PUBLIC verge::base)
  add_library(verge::embed_${A_NAME} ALIAS verge_embed_${A_NAME})
endfunction()
