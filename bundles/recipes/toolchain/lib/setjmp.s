# The tag that setjmp's exceptions carry; wasi-libc's rt.c throws with it and does not define it.
	.globl	__c_longjmp
	.tagtype	__c_longjmp i32
__c_longjmp:
