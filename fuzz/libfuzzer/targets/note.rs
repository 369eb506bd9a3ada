#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    aiq_fuzz::note(data);
});
