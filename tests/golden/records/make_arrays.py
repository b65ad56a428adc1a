"""Makes the npy and npz files that tests/c/test_io.c reads, as NumPy writes them."""
import io, os, struct
import numpy as np

here = os.path.dirname(os.path.abspath(__file__))
plain = {"u1": np.arange(6, dtype="u1").reshape(2, 3), "i8": np.arange(-3, 3, dtype="<i8"),
         "f4": np.arange(6, dtype="<f4").reshape(1, 2, 3) / 2, "f8": np.array(3.0), "empty": np.zeros((0, 5), "<f4")}
for name, a in plain.items():
    np.save(os.path.join(here, name + ".npy"), a)
ramp = np.arange(-2, 4).reshape(2, 3)  # every converted type holds the same small numbers where it can
np.savez(os.path.join(here, "types.npz"),
         fortran=np.asfortranarray(ramp.astype("<f4")), big_f8=ramp.astype(">f8"), big_i4=ramp.astype(">i4"),
         i1=ramp.astype("i1"), i2=ramp.astype("<i2"), u2=np.abs(ramp).astype("<u2"), u4=np.abs(ramp).astype(">u4"),
         u8=np.abs(ramp).astype("<u8"), f2=ramp.astype("<f2") / 4, b1=ramp > 0)
np.savez_compressed(os.path.join(here, "packed.npz"), zeros=np.zeros((100, 10), "<f4"), x=np.arange(5))
for version in ((2, 0), (3, 0)):
    with open(os.path.join(here, "v%d.npy" % version[0]), "wb") as f:
        np.lib.format.write_array(f, ramp.astype("<f4"), version=version)
halves = np.array([0x0000, 0x8000, 0x0001, 0x03ff, 0x0400, 0x3c00, 0xc000, 0x7bff, 0x7c00, 0xfc00, 0x7e00], "<u2").view("<f2")
np.savez(os.path.join(here, "halves.npz"), f2=halves, f4=halves.astype("<f4"))
