#!/usr/bin/env python3
"""Uses the page of examples/web in headless Chromium and compares what it says.

usage: web_page.py FOLDER DIGITS.npy OUTPUTS.npy GREEDY.txt SEEDED.txt [PICTURE.png]

The folder is served on the loopback interface. OUTPUTS are the integers of the
digits' network; GREEDY and SEEDED the stories of PROMPT at a temperature of 0,
and at SEEDED_TEMPERATURE with SEED.
"""

import ast
import http.server
import struct
import sys
import threading
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

PROMPT = "Lily had a cat"
SEEDED_TEMPERATURE, SEED = "0.8", "7"
SECONDS = 60

# Strokes as parts of the canvas's width and height.
DIGITS = {
    "1": [[(0.5, 0.2), (0.5, 0.8)]],
    "7": [[(0.3, 0.2), (0.7, 0.2), (0.45, 0.8)]],
    "4": [[(0.35, 0.2), (0.3, 0.55), (0.7, 0.55)], [(0.65, 0.25), (0.6, 0.85)]],
}


def read_npy(path):
    """The rows of a file of bytes or 32-bit integers."""
    data = path.read_bytes()
    start = 10 + struct.unpack_from("<H", data, 8)[0]
    header = ast.literal_eval(data[10:start].decode())
    code = {"|u1": "B", "<i4": "i"}[header["descr"]]
    count, *shape = header["shape"]
    size = 1
    for extent in shape:
        size *= extent
    values = struct.unpack(f"<{count * size}{code}", data[start:])
    return [list(values[i * size : (i + 1) * size]) for i in range(count)]


class Handler(http.server.SimpleHTTPRequestHandler):
    failures = []

    def send_error(self, code, *arguments):
        self.failures.append(f"{code} {self.path}")
        super().send_error(code, *arguments)

    def log_message(self, *_):
        pass


def serve(folder):
    def make_handler(*arguments):
        return Handler(*arguments, directory=folder)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), make_handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/"


def start_browser():
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--window-size=1280,900",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    driver.set_script_timeout(SECONDS)
    return driver


class Page:
    def __init__(self, driver, address, variant):
        self.driver = driver
        driver.get(address)
        root = driver.find_element(By.TAG_NAME, "html")
        self.wait(lambda _: root.get_attribute("data-ready") == variant)

    def wait(self, condition):
        WebDriverWait(self.driver, SECONDS, poll_frequency=0.05).until(condition)

    def find(self, name):
        return self.driver.find_element(By.ID, name)

    def text(self, name):
        return self.find(name).get_property("textContent")

    def classify(self, images):
        return self.driver.execute_async_script(
            "const [images, done] = arguments;"
            "import('/page.js').then(({ classify }) => done(images.map(classify)));",
            images,
        )

    def draw(self, strokes):
        canvas = self.find("drawing")
        width, height = canvas.size["width"], canvas.size["height"]
        actions = ActionChains(self.driver, duration=20)
        for stroke in strokes:
            points = [
                (round((x - 0.5) * width), round((y - 0.5) * height)) for x, y in stroke
            ]
            actions.move_to_element_with_offset(canvas, *points[0]).click_and_hold()
            for point in points[1:]:
                actions.move_to_element_with_offset(canvas, *point)
            actions.release()
        actions.perform()

    def expect_answer(self, answer):
        try:
            self.wait(lambda _: self.text("answer") == answer)
        except Exception:
            sys.exit(f"the answer is {self.text('answer')}, not {answer}")

    def set_value(self, name, value):
        self.driver.execute_script(
            "const [input, value] = arguments; input.value = value;"
            "input.dispatchEvent(new Event('input', { bubbles: true }));",
            self.find(name),
            value,
        )

    def tell(self, temperature, seed):
        self.set_value("prompt", PROMPT)
        self.set_value("temperature", temperature)
        self.set_value("seed", seed)
        self.find("tell").click()
        self.wait(lambda _: self.text("note"))
        return self.text("text")


def check_bits(page, digits, outputs):
    wrong = sum(a != b for a, b in zip(page.classify(digits), outputs, strict=True))
    print(f"{wrong} of {len(digits)} digits have other bits")


def check_drawing(page, outputs):
    for digit, strokes in DIGITS.items():
        page.find("clear").click()
        page.expect_answer("–")
        page.draw(strokes)
        page.expect_answer(digit)
        print(f"a drawn {digit} is a {page.text('answer')}")
    page.find("example").click()
    page.expect_answer(str(outputs[0].index(max(outputs[0]))))
    print("an example is classified")


def check_story(page, kind, path, temperature, seed):
    expected = path.read_text().removesuffix("\n")
    text = page.tell(temperature, seed)
    same = "the same as" if text == expected else "different from"
    print(f"the {kind} story is {same} smelt's: {page.text('note')}")


def check_stop(page):
    """Both buttons at once: the worker hears of the second after a slice."""
    before = len(page.text("text"))
    page.driver.execute_script(
        "document.querySelector('#tell').click();"
        "document.querySelector('#stop').click();"
    )
    page.wait(lambda _: page.text("note") == "Stopped.")
    print("a story stops early:", len(page.text("text")) < before)


def main():
    folder, *files = sys.argv[1:]
    digits, outputs = (read_npy(Path(name)) for name in files[:2])
    greedy, seeded = map(Path, files[2:4])
    address = serve(folder)
    driver = start_browser()
    try:
        page = Page(driver, address, "simd128")
        check_bits(page, digits, outputs)
        check_drawing(page, outputs)
        check_story(page, "greedy", greedy, "0", "0")
        check_story(page, "seeded", seeded, SEEDED_TEMPERATURE, SEED)
        if len(files) > 4:
            driver.save_screenshot(files[4])
        check_stop(page)
        page = Page(driver, address + "?simd=off", "plain")
        check_bits(page, digits, outputs)
        check_story(page, "greedy", greedy, "0", "0")
        messages = [entry["message"] for entry in driver.get_log("browser")]
        print("problems:", messages + Handler.failures)
    finally:
        driver.quit()


if __name__ == "__main__":
    main()
