// RUN: rm -rf %t && split-file %s %t
// RUN: %c_emit %t/ops.mlir %t
// RUN: %c_gate %t | FileCheck %t/ops.mlir

//--- main.c
#include "model.h"
#include <stdio.h>

#define SHOW(call) printf(#call " = %lld\n", (long long)(call))

int main(void) {
  SHOW(mul8(16, 16));
  SHOW(add8(100, 100));
  SHOW(add16(32767, 1));
  SHOW(chain8(100, 100, 100));
  SHOW(divs(-7, 2));
  SHOW(divs(7, -2));
  SHOW(rems(-7, 2));
  SHOW(rems(7, -2));
  SHOW(floordiv(-7, 2));
  SHOW(floordiv(7, 2));
  SHOW(floordiv(7, -2));
  SHOW(ceildiv(-7, 2));
  SHOW(ceildiv(7, 2));
  SHOW(ceildivu(7, 2));
  SHOW(divu8(-1, 16));
  SHOW(remu8(-1, 16));
  SHOW(divu(-1, 16));
  SHOW(divu64(-1, 16));
  SHOW(shl(-3, 4));
  SHOW(shl8(1, 7));
  SHOW(shl64(1, 40));
  SHOW(one_shl64(40));
  SHOW(shrs(-17, 2));
  SHOW(shrs8(-128, 3));
  SHOW(shru8(-128, 3));
  SHOW(shru(-1, 28));
  SHOW(xor8(5));
  SHOW(bits(0x0f0f, 0x00ff, 0x1000));
  SHOW(extsi1(3, 3));
  SHOW(extui1(3, 3));
  SHOW(trunc1(2));
  SHOW(trunc1(3));
  SHOW(logic(1, 2, 3));
  SHOW(logic(2, 1, 3));
  SHOW(cmpi1(1, 2));
  SHOW(cmpu(-1, 1));
  SHOW(cmpu8(-1, 1));
  SHOW(mins(-3, 2));
  SHOW(maxs(-3, 2));
  SHOW(minu(-3, 2));
  SHOW(maxu8(-3, 2));
  SHOW(select(4, 5));
  SHOW(widen(-2000000000, 2000000000));
  SHOW(widenu(-1, 3));
  SHOW(mixed(-1, -1));
  SHOW(int64_min());
  SHOW(int32_min());
  SHOW(int8_min());
  SHOW(sub_negative(1));
  SHOW(negate_negative(7));
  SHOW(absmin32(0));
  SHOW(nested(3, 4, 5));
  SHOW(mul16(300, 300));
  SHOW(next16(32767));
  SHOW(negate16(-32767 - 1));
  SHOW(one_shl(20));
  SHOW(test_shl(1, 2, 20));
  SHOW(product_of_tests(1, 2, -32767));
  SHOW(divu16(-1, 2));
  SHOW(shru16_below(-8, -1));
  SHOW(select_u16(1, 2, 5));
  SHOW(select_u16(2, 1, 5));
  SHOW(select_u32(1, 2, 5));
  SHOW(select_u32(2, 1, 5));
  return 0;
}

//--- ops.mlir
// CHECK: mul8(16, 16) = 0{{$}}
func.func @mul8(%a: i8, %b: i8) -> i8 {
  %r = arith.muli %a, %b : i8
  return %r : i8
}
// CHECK: add8(100, 100) = -56
func.func @add8(%a: i8, %b: i8) -> i8 {
  %r = arith.addi %a, %b : i8
  return %r : i8
}
// CHECK: add16(32767, 1) = -32768
func.func @add16(%a: i16, %b: i16) -> i32 {
  %s = arith.addi %a, %b : i16
  %r = arith.extsi %s : i16 to i32
  return %r : i32
}
// The sum wraps before it is halved.
// CHECK: chain8(100, 100, 100) = 22
func.func @chain8(%a: i8, %b: i8, %c: i8) -> i8 {
  %one = arith.constant 1 : i8
  %s = arith.addi %a, %b : i8
  %t = arith.addi %s, %c : i8
  %r = arith.shrsi %t, %one : i8
  return %r : i8
}
// CHECK: divs(-7, 2) = -3
// CHECK: divs(7, -2) = -3
func.func @divs(%a: i32, %b: i32) -> i32 {
  %r = arith.divsi %a, %b : i32
  return %r : i32
}
// CHECK: rems(-7, 2) = -1
// CHECK: rems(7, -2) = 1
func.func @rems(%a: i32, %b: i32) -> i32 {
  %r = arith.remsi %a, %b : i32
  return %r : i32
}
// CHECK: floordiv(-7, 2) = -4
// CHECK: floordiv(7, 2) = 3
// CHECK: floordiv(7, -2) = -4
func.func @floordiv(%a: i32, %b: i32) -> i32 {
  %r = arith.floordivsi %a, %b : i32
  return %r : i32
}
// CHECK: ceildiv(-7, 2) = -3
// CHECK: ceildiv(7, 2) = 4
func.func @ceildiv(%a: i32, %b: i32) -> i32 {
  %r = arith.ceildivsi %a, %b : i32
  return %r : i32
}
// CHECK: ceildivu(7, 2) = 4
func.func @ceildivu(%a: i32, %b: i32) -> i32 {
  %r = arith.ceildivui %a, %b : i32
  return %r : i32
}
// CHECK: divu8(-1, 16) = 15
func.func @divu8(%a: i8, %b: i8) -> i8 {
  %r = arith.divui %a, %b : i8
  return %r : i8
}
// CHECK: remu8(-1, 16) = 15
func.func @remu8(%a: i8, %b: i8) -> i8 {
  %r = arith.remui %a, %b : i8
  return %r : i8
}
// CHECK: divu(-1, 16) = 268435455
func.func @divu(%a: i32, %b: i32) -> i32 {
  %r = arith.divui %a, %b : i32
  return %r : i32
}
// CHECK: divu64(-1, 16) = 1152921504606846975
func.func @divu64(%a: i64, %b: i64) -> i64 {
  %r = arith.divui %a, %b : i64
  return %r : i64
}
// CHECK: shl(-3, 4) = -48
func.func @shl(%a: i32, %b: i32) -> i32 {
  %r = arith.shli %a, %b : i32
  return %r : i32
}
// CHECK: shl8(1, 7) = -128
func.func @shl8(%a: i8, %b: i8) -> i8 {
  %r = arith.shli %a, %b : i8
  return %r : i8
}
// CHECK: shl64(1, 40) = 1099511627776
func.func @shl64(%a: i64, %b: i64) -> i64 {
  %r = arith.shli %a, %b : i64
  return %r : i64
}
// CHECK: one_shl64(40) = 1099511627776
func.func @one_shl64(%b: i64) -> i64 {
  %one = arith.constant 1 : i64
  %r = arith.shli %one, %b : i64
  return %r : i64
}
// CHECK: shrs(-17, 2) = -5
func.func @shrs(%a: i32, %b: i32) -> i32 {
  %r = arith.shrsi %a, %b : i32
  return %r : i32
}
// CHECK: shrs8(-128, 3) = -16
func.func @shrs8(%a: i8, %b: i8) -> i8 {
  %r = arith.shrsi %a, %b : i8
  return %r : i8
}
// CHECK: shru8(-128, 3) = 16
func.func @shru8(%a: i8, %b: i8) -> i8 {
  %r = arith.shrui %a, %b : i8
  return %r : i8
}
// CHECK: shru(-1, 28) = 15
func.func @shru(%a: i32, %b: i32) -> i32 {
  %r = arith.shrui %a, %b : i32
  return %r : i32
}
// CHECK: xor8(5) = -123
func.func @xor8(%a: i8) -> i8 {
  %sign = arith.constant -128 : i8
  %r = arith.xori %a, %sign : i8
  return %r : i8
}
// CHECK: bits(0x0f0f, 0x00ff, 0x1000) = 4111
func.func @bits(%a: i32, %b: i32, %c: i32) -> i32 {
  %m = arith.andi %a, %b : i32
  %r = arith.ori %m, %c : i32
  return %r : i32
}
// CHECK: extsi1(3, 3) = -1
func.func @extsi1(%a: i32, %b: i32) -> i32 {
  %c = arith.cmpi eq, %a, %b : i32
  %r = arith.extsi %c : i1 to i32
  return %r : i32
}
// CHECK: extui1(3, 3) = 1
func.func @extui1(%a: i32, %b: i32) -> i64 {
  %c = arith.cmpi eq, %a, %b : i32
  %r = arith.extui %c : i1 to i64
  return %r : i64
}
// CHECK: trunc1(2) = 0
// CHECK: trunc1(3) = 1
func.func @trunc1(%a: i8) -> i32 {
  %c = arith.trunci %a : i8 to i1
  %r = arith.extui %c : i1 to i32
  return %r : i32
}
// CHECK: logic(1, 2, 3) = 1
// CHECK: logic(2, 1, 3) = 0
func.func @logic(%a: i32, %b: i32, %c: i32) -> i32 {
  %true = arith.constant true
  %x = arith.cmpi slt, %a, %b : i32
  %y = arith.cmpi slt, %b, %c : i32
  %z = arith.cmpi sgt, %a, %c : i32
  %and = arith.andi %x, %y : i1
  %or = arith.ori %and, %z : i1
  %not = arith.xori %or, %true : i1
  %xor = arith.xori %not, %y : i1
  %r = arith.extui %xor : i1 to i32
  return %r : i32
}
// A signed true is -1, and less than false.
// CHECK: cmpi1(1, 2) = 1
func.func @cmpi1(%a: i32, %b: i32) -> i32 {
  %x = arith.cmpi slt, %a, %b : i32
  %y = arith.cmpi sgt, %a, %b : i32
  %c = arith.cmpi slt, %x, %y : i1
  %r = arith.extui %c : i1 to i32
  return %r : i32
}
// CHECK: cmpu(-1, 1) = 1
func.func @cmpu(%a: i32, %b: i32) -> i32 {
  %c = arith.cmpi ugt, %a, %b : i32
  %r = arith.extui %c : i1 to i32
  return %r : i32
}
// CHECK: cmpu8(-1, 1) = 1
func.func @cmpu8(%a: i8, %b: i8) -> i32 {
  %c = arith.cmpi uge, %a, %b : i8
  %r = arith.extui %c : i1 to i32
  return %r : i32
}
// CHECK: mins(-3, 2) = -3
func.func @mins(%a: i32, %b: i32) -> i32 {
  %r = arith.minsi %a, %b : i32
  return %r : i32
}
// CHECK: maxs(-3, 2) = 2
func.func @maxs(%a: i32, %b: i32) -> i32 {
  %r = arith.maxsi %a, %b : i32
  return %r : i32
}
// CHECK: minu(-3, 2) = 2
func.func @minu(%a: i32, %b: i32) -> i32 {
  %r = arith.minui %a, %b : i32
  return %r : i32
}
// CHECK: maxu8(-3, 2) = -3
func.func @maxu8(%a: i8, %b: i8) -> i8 {
  %r = arith.maxui %a, %b : i8
  return %r : i8
}
// CHECK: select(4, 5) = 1
func.func @select(%a: i32, %b: i32) -> i64 {
  %one = arith.constant 1 : i64
  %big = arith.constant -5000000000 : i64
  %c = arith.cmpi slt, %a, %b : i32
  %r = arith.select %c, %one, %big : i64
  return %r : i64
}
// CHECK: widen(-2000000000, 2000000000) = -4000000000000000000
func.func @widen(%a: i32, %b: i32) -> i64 {
  %x = arith.extsi %a : i32 to i64
  %y = arith.extsi %b : i32 to i64
  %r = arith.muli %x, %y : i64
  return %r : i64
}
// CHECK: widenu(-1, 3) = 258
func.func @widenu(%a: i8, %b: i8) -> i64 {
  %x = arith.extui %a : i8 to i64
  %y = arith.extui %b : i8 to i64
  %r = arith.addi %x, %y : i64
  return %r : i64
}
// CHECK: mixed(-1, -1) = -255
func.func @mixed(%a: i8, %b: i8) -> i32 {
  %x = arith.extui %a : i8 to i32
  %y = arith.extsi %b : i8 to i32
  %r = arith.muli %x, %y : i32
  return %r : i32
}
// CHECK: int64_min() = -9223372036854775808
func.func @int64_min() -> i64 {
  %r = arith.constant -9223372036854775808 : i64
  return %r : i64
}
// CHECK: int32_min() = -2147483648
func.func @int32_min() -> i64 {
  %r = arith.constant -2147483648 : i32
  %s = arith.extsi %r : i32 to i64
  return %s : i64
}
// CHECK: int8_min() = -128
func.func @int8_min() -> i8 {
  %r = arith.constant -128 : i8
  return %r : i8
}
// CHECK: sub_negative(1) = 6
func.func @sub_negative(%a: i32) -> i32 {
  %c = arith.constant -5 : i32
  %r = arith.subi %a, %c : i32
  return %r : i32
}
// CHECK: negate_negative(7) = 7
func.func @negate_negative(%a: i32) -> i32 {
  %zero = arith.constant 0 : i32
  %n = arith.subi %zero, %a : i32
  %r = arith.subi %zero, %n : i32
  return %r : i32
}
// CHECK: absmin32(0) = -2147483648
func.func @absmin32(%a: i32) -> i32 {
  %c = arith.constant -2147483648 : i32
  %r = arith.addi %a, %c : i32
  return %r : i32
}
// CHECK: nested(3, 4, 5) = 3
func.func @nested(%a: i32, %b: i32, %c: i32) -> i32 {
  %x = arith.subi %b, %c : i32
  %y = arith.subi %a, %x : i32
  %z = arith.muli %y, %x : i32
  %v = arith.subi %x, %z : i32
  %r = arith.andi %v, %a : i32
  return %r : i32
}
// CHECK: mul16(300, 300) = 24464
func.func @mul16(%a: i16, %b: i16) -> i16 {
  %r = arith.muli %a, %b : i16
  return %r : i16
}
// CHECK: next16(32767) = -32768
func.func @next16(%a: i16) -> i16 {
  %c = arith.constant 1 : i16
  %r = arith.addi %a, %c : i16
  return %r : i16
}
// CHECK: negate16(-32767 - 1) = -32768
func.func @negate16(%a: i16) -> i16 {
  %c = arith.constant 0 : i16
  %r = arith.subi %c, %a : i16
  return %r : i16
}
// CHECK: one_shl(20) = 1048576
func.func @one_shl(%b: i32) -> i32 {
  %one = arith.constant 1 : i32
  %r = arith.shli %one, %b : i32
  return %r : i32
}
// CHECK: test_shl(1, 2, 20) = 1048576
func.func @test_shl(%a: i32, %b: i32, %n: i32) -> i32 {
  %c = arith.cmpi slt, %a, %b : i32
  %x = arith.extui %c : i1 to i32
  %r = arith.shli %x, %n overflow<nsw, nuw> : i32
  return %r : i32
}
// CHECK: product_of_tests(1, 2, -32767) = -65534
func.func @product_of_tests(%a: i32, %b: i32, %x: i16) -> i32 {
  %c = arith.cmpi slt, %a, %b : i32
  %one = arith.extui %c : i1 to i32
  %two = arith.addi %one, %one : i32
  %y = arith.extsi %x : i16 to i32
  %r = arith.muli %two, %y : i32
  return %r : i32
}
// CHECK: divu16(-1, 2) = 32767
func.func @divu16(%a: i16, %b: i16) -> i32 {
  %d = arith.divui %a, %b : i16
  %r = arith.extsi %d : i16 to i32
  return %r : i32
}
// CHECK: shru16_below(-8, -1) = 0
func.func @shru16_below(%a: i16, %b: i16) -> i32 {
  %n = arith.constant 3 : i16
  %x = arith.shrui %a, %n : i16
  %c = arith.cmpi slt, %x, %b : i16
  %r = arith.extui %c : i1 to i32
  return %r : i32
}
// Beside an unsigned number, -1 stays a negative one.
// CHECK: select_u16(1, 2, 5) = 5
// CHECK: select_u16(2, 1, 5) = -1
func.func @select_u16(%a: i32, %b: i32, %x: i16) -> i32 {
  %minus = arith.constant -1 : i32
  %c = arith.cmpi slt, %a, %b : i32
  %y = arith.extui %x : i16 to i32
  %r = arith.select %c, %y, %minus : i32
  return %r : i32
}
// CHECK: select_u32(1, 2, 5) = 5
// CHECK: select_u32(2, 1, 5) = -1
func.func @select_u32(%a: i32, %b: i32, %x: i32) -> i64 {
  %minus = arith.constant -1 : i64
  %c = arith.cmpi slt, %a, %b : i32
  %y = arith.extui %x : i32 to i64
  %r = arith.select %c, %y, %minus : i64
  return %r : i64
}
