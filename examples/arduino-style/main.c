/* What Arduino's main does with a sketch. */

void setup(void);
void loop(void);

int main(void) {
  setup();
  for (;;)
    loop();
}
