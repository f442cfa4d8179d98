// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Functions for odd.c, each with call-frame information that is right at every
 * instruction. x86-64, System V ABI: argument and result in rdi, rsi and rax; rbx, rbp
 * and r12 to r15 are the caller's.
 */
	.text

	.macro function name
	.globl \name
	.hidden \name
	.type \name, @function
	.p2align 4
\name:
	.cfi_startproc
	.endm

	.macro end name
	.cfi_endproc
	.size \name, . - \name
	.endm

/* Calls with the stack at three depths; what is pushed looks like return addresses. */
	function odd_pushes
	lea odd_leaf(%rip), %rax
	push %rax
	.cfi_adjust_cfa_offset 8
	call odd_leaf
	push %rbp
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset rbp, 0
	push %rbx
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset rbx, 0
	mov $1, %ebp		/* no frame pointer, and no address at all */
	lea odd_pushes(%rip), %rbx
	push %rbx
	.cfi_adjust_cfa_offset 8
	push %rbx
	.cfi_adjust_cfa_offset 8
	mov %rax, %rdi
	call odd_leaf
	add $16, %rsp
	.cfi_adjust_cfa_offset -16
	pop %rbx
	.cfi_adjust_cfa_offset -8
	.cfi_restore rbx
	pop %rbp
	.cfi_adjust_cfa_offset -8
	.cfi_restore rbp
	mov %rax, %rdi
	call odd_leaf
	lea 8(%rsp), %rsp
	.cfi_adjust_cfa_offset -8
	ret
	end odd_pushes

/* Two ways out, each with an epilogue: the second one's rows are those of before the first. */
	function odd_branches
	push %rbp
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset rbp, 0
	sub $128, %rsp
	.cfi_adjust_cfa_offset 128
	call odd_leaf
	test $1, %al
	jz 1f
	.cfi_remember_state
	add $128, %rsp
	.cfi_adjust_cfa_offset -128
	pop %rbp
	.cfi_adjust_cfa_offset -8
	.cfi_restore rbp
	ret
1:	.cfi_restore_state
	mov %rax, %rdi
	call odd_leaf
	mov %rax, %rdi
	mov $-1, %rbp
	call odd_leaf
	add $128, %rsp
	.cfi_adjust_cfa_offset -128
	pop %rbp
	.cfi_adjust_cfa_offset -8
	.cfi_restore rbp
	ret
	end odd_branches

/* A leaf that keeps what looks like frames below the stack pointer, and uses rbp for counting. */
	function odd_red_zone
	mov %rbp, -8(%rsp)
	.cfi_rel_offset rbp, -8
	lea odd_leaf(%rip), %rax
	mov %rax, -16(%rsp)
	mov %rsp, -24(%rsp)
	mov %rax, -32(%rsp)
	mov $200, %ebp
	mov %rdi, %rax
1:	imul $31, %rax, %rax
	dec %ebp
	jnz 1b
	mov -8(%rsp), %rbp
	.cfi_restore rbp
	ret
	end odd_red_zone

/* The canonical frame address from a register that is neither stack nor frame pointer. */
	function odd_other_register
	mov %rsp, %rdx
	.cfi_def_cfa rdx, 8
	sub $64, %rsp
	and $-64, %rsp
	mov $200, %ecx
	mov %rdi, %rax
1:	imul $31, %rax, %rax
	dec %ecx
	jnz 1b
	mov %rdx, %rsp
	.cfi_def_cfa rsp, 8
	ret
	end odd_other_register

/* To another stack, where the old stack pointer is kept: CFA = *(rsp) + 8. */
	function odd_moved
	mov %rsp, %rax
	.cfi_def_cfa_register rax
	lea -16(%rsi), %rsp
	mov %rax, (%rsp)
	/* DW_CFA_def_cfa_expression, 5 bytes: DW_OP_breg7 (rsp) 0, deref, plus_uconst 8 */
	.cfi_escape 0x0f, 5, 0x77, 0, 0x06, 0x23, 8
	call odd_leaf
	mov (%rsp), %rsp
	.cfi_def_cfa rsp, 8
	ret
	end odd_moved

/* To another stack, with the old one's frame in rbp. */
	function odd_moved_by_frame_pointer
	push %rbp
	.cfi_def_cfa_offset 16
	.cfi_offset rbp, -16
	mov %rsp, %rbp
	.cfi_def_cfa_register rbp
	mov %rsi, %rsp
	call odd_leaf
	mov %rax, %rdi
	call odd_leaf
	mov %rbp, %rsp
	pop %rbp
	.cfi_def_cfa rsp, 8
	.cfi_restore rbp
	ret
	end odd_moved_by_frame_pointer

/* Nothing after the call: the return address is the first one of odd_after. */
	function odd_last_call
	sub $40, %rsp
	.cfi_adjust_cfa_offset 40
	call odd_forever
	.cfi_endproc
	.size odd_last_call, . - odd_last_call

	.globl odd_after
	.type odd_after, @function
odd_after:
	.cfi_startproc
	.cfi_def_cfa_offset 4096
	ud2
	.cfi_endproc
	.size odd_after, . - odd_after

	.section .note.GNU-stack, "", @progbits
