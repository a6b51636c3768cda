#include "emulator/emulator.h"

int main(void)
{
    return 0;
}
