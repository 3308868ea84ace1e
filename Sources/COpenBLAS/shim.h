#include <cblas.h>
// mallinfo2, by which the engine shows that a step allocates nothing.
#include <malloc.h>
