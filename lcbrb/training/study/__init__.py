"""The study: how good must a reasoning reward model be before P-GRPO gains anything?

Many small trainings of a policy that is made here from nothing, on generated problems whose
answers are programs and whose reasoning can be checked exactly; `lcbrb train study` runs it.
"""
