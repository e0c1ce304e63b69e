use std::path::PathBuf;

use png::{BitDepth, Encoder};
use proptest::prelude::*;
use qrcode::{Color, QrCode};
use tempfile::TempDir;

use super::*;
use crate::failure::Exit;

/// Pixels that a module is wide.
const MODULE_PIXELS: usize = 4;

/// A made-up text as long as an invite code.
fn long_text() -> String {
    "A2".repeat(77)
}

/// A QR code in black (0) and white (255), with its quiet zone.
fn drawn(text: &str) -> (usize, Vec<u8>) {
    let code = QrCode::new(text).unwrap();
    let (modules, quiet) = (code.width(), 4);
    let side = (modules + 2 * quiet) * MODULE_PIXELS;
    let mut grey = vec![255; side * side];
    for (at, pixel) in grey.iter_mut().enumerate() {
        let module = |at: usize| {
            (at / MODULE_PIXELS)
                .checked_sub(quiet)
                .filter(|at| *at < modules)
        };
        if let (Some(x), Some(y)) = (module(at % side), module(at / side))
            && code[(x, y)] == Color::Dark
        {
            *pixel = 0;
        }
    }
    (side, grey)
}

fn encoded(side: usize, color: ColorType, depth: BitDepth, samples: &[u8]) -> Vec<u8> {
    let side = u32::try_from(side).unwrap();
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, side, side);
    encoder.set_color(color);
    encoder.set_depth(depth);
    if color == ColorType::Indexed {
        encoder.set_palette(vec![0, 0, 0, 255, 255, 255]);
    }
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(samples).unwrap();
    writer.finish().unwrap();
    bytes
}

/// A picture whose header says so many pixels, and whose pixels are not there.
fn header(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, width, height);
    encoder.set_color(ColorType::Grayscale);
    drop(encoder.write_header().unwrap());
    bytes
}

fn found(bytes: &[u8]) -> Vec<String> {
    Picture::decode(bytes).unwrap().texts(false)
}

/// A file of those bytes.
fn file(bytes: &[u8]) -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("code.png");
    std::fs::write(&path, bytes).unwrap();
    (directory, path)
}

async fn refused(bytes: &[u8]) -> Failure {
    let (_directory, path) = file(bytes);
    code(&path).await.unwrap_err()
}

#[test]
fn a_code_is_read_whatever_the_kind_of_png() {
    let (side, grey) = drawn(&long_text());
    let spread = |shade: &dyn Fn(u8) -> Vec<u8>| -> Vec<u8> {
        grey.iter().flat_map(|grey| shade(*grey)).collect()
    };
    let pictures = [
        (ColorType::Grayscale, BitDepth::Eight, grey.clone()),
        (
            ColorType::Grayscale,
            BitDepth::Sixteen,
            spread(&|g| vec![g; 2]),
        ),
        (
            ColorType::GrayscaleAlpha,
            BitDepth::Eight,
            spread(&|g| vec![0, 255 - g]),
        ),
        (ColorType::Rgb, BitDepth::Eight, spread(&|g| vec![g; 3])),
        (
            ColorType::Rgba,
            BitDepth::Eight,
            spread(&|g| vec![g, g, g, 255]),
        ),
        (
            ColorType::Indexed,
            BitDepth::Eight,
            spread(&|g| vec![u8::from(g == 255)]),
        ),
    ];
    for (color, depth, samples) in pictures {
        let texts = found(&encoded(side, color, depth, &samples));
        assert_eq!(texts, [long_text()], "{color:?} {depth:?}");
    }
}

#[test]
fn a_light_code_on_dark_is_read_too() {
    let (side, mut grey) = drawn(&long_text());
    grey.iter_mut().for_each(|grey| *grey = 255 - *grey);
    let bytes = encoded(side, ColorType::Grayscale, BitDepth::Eight, &grey);
    let picture = Picture::decode(&bytes).unwrap();
    assert_eq!(picture.texts(true), [long_text()]);
}

#[tokio::test]
async fn a_qr_code_that_is_no_invite_says_so() {
    let (side, grey) = drawn("https://example.org/");
    let bytes = encoded(side, ColorType::Grayscale, BitDepth::Eight, &grey);
    let failure = refused(&bytes).await;
    assert_eq!(failure.exit, Exit::Failed);
    assert!(
        failure.message.contains("not a Tidings invite code"),
        "{failure}"
    );
}

#[tokio::test]
async fn a_picture_without_a_code_says_so() {
    let bytes = encoded(64, ColorType::Grayscale, BitDepth::Eight, &[200; 64 * 64]);
    let failure = refused(&bytes).await;
    assert_eq!(failure.exit, Exit::Failed);
    assert!(failure.message.contains("no QR code"), "{failure}");
}

#[tokio::test]
async fn what_is_no_png_says_so() {
    let (side, grey) = drawn("x");
    let whole = encoded(side, ColorType::Grayscale, BitDepth::Eight, &grey);
    for bytes in [
        &b""[..],
        b"\xff\xd8\xff\xe0 a JPEG",
        &whole[..whole.len() / 2],
    ] {
        let failure = refused(bytes).await;
        assert_eq!(failure.exit, Exit::Failed);
        assert!(failure.message.contains("no PNG"), "{failure}");
    }
}

#[tokio::test]
async fn a_file_that_is_not_there_is_not_found() {
    let directory = tempfile::tempdir().unwrap();
    let failure = code(&directory.path().join("code.png")).await.unwrap_err();
    assert_eq!(failure.exit, Exit::NotFound);
    assert_eq!(code(directory.path()).await.unwrap_err().exit, Exit::Failed);
}

#[test]
fn the_most_pixels_are_decoded_and_one_row_more_is_not() {
    let side = 1 << 12;
    assert_eq!(u64::from(side) * u64::from(side), PIXELS_MAX);
    let decode = |width, height| Picture::decode(&header(width, height)).unwrap_err();
    // Its pixels are looked for, and are not there.
    assert_eq!(decode(side, side), PictureError::NoPng);
    let (width, height) = (side, side + 1);
    assert_eq!(
        decode(width, height),
        PictureError::TooLarge { width, height }
    );
    let (width, height) = (u32::MAX >> 1, u32::MAX >> 1);
    assert_eq!(
        decode(width, height),
        PictureError::TooLarge { width, height }
    );
}

#[test]
fn a_file_of_the_most_bytes_is_read_and_one_more_is_not() {
    let (_directory, path) = file(b"");
    let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len(FILE_BYTES_MAX).unwrap();
    assert!(fits(read(&path).unwrap().len(), FILE_BYTES_MAX));
    file.set_len(FILE_BYTES_MAX + 1).unwrap();
    assert_eq!(read(&path).unwrap_err().exit, Exit::Failed);
}

#[test]
fn a_row_of_the_most_decoder_bytes_is_decoded_and_one_more_is_not() {
    let decode = |width: usize| {
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, u32::try_from(width).unwrap(), 1);
        encoder.set_color(ColorType::Grayscale);
        encoder.set_compression(png::Compression::Fastest);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(&vec![0; width]).unwrap();
        writer.finish().unwrap();
        Picture::decode(&bytes).map(|picture| picture.width)
    };
    assert_eq!(decode(DECODER_BYTES_MAX), Ok(DECODER_BYTES_MAX));
    assert_eq!(decode(DECODER_BYTES_MAX + 1), Err(PictureError::NoPng));
}

#[test]
fn what_a_picture_says_about_itself_is_not_unpacked_without_limit() {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, 1, 1);
    encoder.set_color(ColorType::Grayscale);
    let long = "a".repeat(4 * DECODER_BYTES_MAX);
    encoder.add_ztxt_chunk("Comment".to_owned(), long).unwrap();
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&[0]).unwrap();
    writer.finish().unwrap();
    assert_eq!(Picture::decode(&bytes).unwrap().grey, [0]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_damaged_picture_gives_a_picture_or_an_error(at: prop::sample::Index, byte: u8) {
        let (side, grey) = drawn("TIDINGS");
        let mut bytes = encoded(side, ColorType::Grayscale, BitDepth::Eight, &grey);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(picture) = Picture::decode(&bytes) {
            prop_assert_eq!(picture.grey.len(), picture.width * picture.height);
        }
    }
}
