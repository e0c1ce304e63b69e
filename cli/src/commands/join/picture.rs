//! An invite code in a picture: a PNG file with a QR code on it.
//!
//! Invariants
//! - Whoever made the file decides nothing about this program: what is read, decoded and searched
//!   has a limit, checked before anything is allocated for it.
//! - A picture gives an invite code or nothing; nothing else that a QR code may hold is used.

use std::io::{Cursor, Read};
use std::path::Path;
use std::time::Duration;

use png::{ColorType, Decoder, Limits, Transformations};
use rqrr::PreparedImage;

use crate::failure::Failure;

/// Largest file that is read.
const FILE_BYTES_MAX: u64 = 32 << 20;

/// Most pixels that are decoded: 4,096 by 4,096, more than a screen has.
const PIXELS_MAX: u64 = 1 << 24;

/// Most that the decoder may allocate beside the pixels: for a row, and for what a picture says
/// about itself.
const DECODER_BYTES_MAX: usize = 8 << 20;

/// How long a code is looked for: a picture made to look full of them takes long.
const SEARCH_TIME_MAX: Duration = Duration::from_secs(20);

/// The invite code on the picture at `path`.
///
/// # Errors
/// [`Failure`] if there is no such file, it is no PNG or too large, or holds no invite code.
pub(super) async fn code(path: &Path) -> Result<String, Failure> {
    let name = path.display().to_string();
    let bytes = read(path)?;
    let shown = name.clone();
    let search = tokio::task::spawn_blocking(move || {
        let picture = Picture::decode(&bytes).map_err(|error| error.failure(&shown))?;
        find(&picture, &shown)
    });
    match tokio::time::timeout(SEARCH_TIME_MAX, search).await {
        Ok(Ok(found)) => found,
        // What the search cannot cope with holds no code that a phone could read.
        Ok(Err(_)) | Err(_) => Err(no_code(&name)),
    }
}

/// Why bytes are no picture to search.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum PictureError {
    /// Something else, or damaged.
    #[error(
        "is no PNG picture. Save the code as a PNG, or paste the code itself: `tidings join CODE`"
    )]
    NoPng,
    /// More than [`PIXELS_MAX`].
    #[error("has {width} by {height} pixels, too many. Cut out the code and try again")]
    TooLarge { width: u32, height: u32 },
}

impl PictureError {
    fn failure(&self, name: &str) -> Failure {
        Failure::failed(format!("{name} {self}."))
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let name = path.display();
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes))
        .map_err(|error| {
            if error.kind() == std::io::ErrorKind::NotFound {
                Failure::not_found(format!(
                    "there is no file {name}. Give the picture's path, or the code itself."
                ))
            } else {
                Failure::failed(format!("cannot read {name}: {error}."))
            }
        })?;
    if fits(bytes.len(), FILE_BYTES_MAX) {
        Ok(bytes)
    } else {
        Err(Failure::failed(format!(
            "{name} is over {} MiB. Cut out the code and try again.",
            FILE_BYTES_MAX >> 20
        )))
    }
}

fn fits(length: usize, max: u64) -> bool {
    u64::try_from(length).is_ok_and(|length| length <= max)
}

/// A picture in shades of grey, on white where it is transparent.
#[derive(Debug)]
struct Picture {
    width: usize,
    height: usize,
    grey: Vec<u8>,
}

impl Picture {
    fn decode(bytes: &[u8]) -> Result<Self, PictureError> {
        let no_png = |_| PictureError::NoPng;
        let limits = Limits {
            bytes: DECODER_BYTES_MAX,
        };
        let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), limits);
        decoder.set_ignore_text_chunk(true);
        decoder.set_ignore_iccp_chunk(true);
        decoder.set_transformations(Transformations::normalize_to_color8());
        let header = decoder.read_header_info().map_err(no_png)?;
        let (width, height) = (header.width, header.height);
        if u64::from(width) * u64::from(height) > PIXELS_MAX {
            return Err(PictureError::TooLarge { width, height });
        }
        let mut reader = decoder.read_info().map_err(no_png)?;
        let size = reader.output_buffer_size().ok_or(PictureError::NoPng)?;
        let mut samples = vec![0; size];
        let frame = reader.next_frame(&mut samples).map_err(no_png)?;
        samples.truncate(frame.buffer_size());
        let grey = match frame.color_type {
            ColorType::Grayscale => samples,
            ColorType::GrayscaleAlpha => over_white::<2>(&samples, |[grey, alpha]| (grey, alpha)),
            ColorType::Rgb => over_white::<3>(&samples, |[red, green, blue]| {
                (luma(red, green, blue), u8::MAX)
            }),
            ColorType::Rgba => over_white::<4>(&samples, |[red, green, blue, alpha]| {
                (luma(red, green, blue), alpha)
            }),
            ColorType::Indexed => return Err(PictureError::NoPng),
        };
        let side = |side: u32| usize::try_from(side).map_err(|_| PictureError::NoPng);
        Ok(Self {
            width: side(frame.width)?,
            height: side(frame.height)?,
            grey,
        })
    }

    fn pixel(&self, x: usize, y: usize) -> u8 {
        let at = y.saturating_mul(self.width).saturating_add(x);
        self.grey.get(at).copied().unwrap_or(u8::MAX)
    }

    /// What the QR codes on it hold; `inverted` for light ones on a dark ground.
    fn texts(&self, inverted: bool) -> Vec<String> {
        let mut prepared =
            PreparedImage::prepare_from_greyscale(self.width, self.height, |x, y| {
                let pixel = self.pixel(x, y);
                if inverted { u8::MAX - pixel } else { pixel }
            });
        let grids = prepared.detect_grids();
        let texts = grids.iter().filter_map(|grid| grid.decode().ok());
        texts.map(|(_, text)| text).collect()
    }
}

/// The first invite code on a picture.
fn find(picture: &Picture, name: &str) -> Result<String, Failure> {
    let mut foreign = None;
    // A terminal of dark letters on light shows our own picture inverted.
    for inverted in [false, true] {
        for text in picture.texts(inverted) {
            match tidings_node::check_invite_code(&text) {
                Ok(()) => return Ok(text),
                Err(error) => foreign = foreign.or(Some(error)),
            }
        }
    }
    Err(match foreign {
        Some(error) => Failure::failed(format!("the QR code on {name}: {error}.")),
        None => no_code(name),
    })
}

fn no_code(name: &str) -> Failure {
    Failure::failed(format!(
        "there is no QR code to be seen on {name}. Take the picture again, straight and sharp, or \
         paste the code itself: `tidings join CODE`."
    ))
}

/// The shades of pixels of `N` samples, where `shade` tells a pixel's shade and opacity.
fn over_white<const N: usize>(samples: &[u8], shade: impl Fn([u8; N]) -> (u8, u8)) -> Vec<u8> {
    let (pixels, _) = samples.as_chunks::<N>();
    let on_white = |pixel: &[u8; N]| {
        let (grey, alpha) = shade(*pixel);
        let max = u32::from(u8::MAX);
        let sum = u32::from(grey) * u32::from(alpha) + max * (max - u32::from(alpha));
        u8::try_from(sum / max).unwrap_or(u8::MAX)
    };
    pixels.iter().map(on_white).collect()
}

/// How bright a colour is, by ITU-R BT.601.
fn luma(red: u8, green: u8, blue: u8) -> u8 {
    let sum = 299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue);
    u8::try_from(sum / 1000).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests;
