// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The HTML file; see html.h. SVG elements are read by HTML's rules there, under
 * which CDATA sections in them are what they are in XML.
 */
#include "render/html.h"

#include <errno.h>

#include "render/headline.h"
#include "render/svg.h"

int html_write(const struct render_input *input, FILE *out)
{
	int err;

	fputs("<!DOCTYPE html>\n"
	      "<html lang=\"en\">\n"
	      "<head>\n"
	      "<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
	      "<title>",
	      out);
	headline_write_title(out, input);
	fputs("</title>\n"
	      "<style>:root{color-scheme:light dark}body{margin:0}</style>\n"
	      "</head>\n"
	      "<body>\n",
	      out);
	err = svg_write_element(input, out);
	fputs("</body>\n</html>\n", out);
	if (!err && ferror(out))
		err = -EIO;
	return err;
}
