#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    aiq_fuzz::tree_file(data);
});
