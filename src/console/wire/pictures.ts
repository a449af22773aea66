import type { Box, Caption, Line, Picture } from '../../architect/diagrams/picture.ts'

/** A diagram as the architect has laid it out; the page adds what is going on in it. */
export type PictureView = Picture
/** A box of a diagram. */
export type PictureBox = Box
/** A line of a diagram. */
export type PictureLine = Line
/** A text of a diagram. */
export type PictureText = Caption
